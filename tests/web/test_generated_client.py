"""A client that a program generates from the schema works: its types are those of the answers."""

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib import import_module
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID, uuid4

import httpx
import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.test import Client
from openapi_python_client import generate
from openapi_python_client.config import Config, ConfigFile, MetaType
from rest_framework.authtoken.models import Token

from tests.histories import settle
from tests.people import person

pytestmark = [
    pytest.mark.django_db(transaction=True, databases="__all__"),
    pytest.mark.xdist_group("generated_client"),
]

PACKAGE = "hindsight_client"


@pytest.fixture(scope="session")
def package(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The package that the schema of the running application makes."""
    folder = tmp_path_factory.mktemp("generated")
    schema = folder / "schema.json"
    schema.write_bytes(Client().get("/api/schema/?format=json").content)
    plain = ConfigFile(package_name_override=PACKAGE, post_hooks=[])
    more: dict[str, Any] = {"file_encoding": "utf-8", "overwrite": False}
    config = Config.from_sources(plain, MetaType.NONE, schema, output_path=folder / PACKAGE, **more)
    assert generate(config=config) == []
    sys.path.insert(0, str(folder))
    yield PACKAGE
    sys.path.remove(str(folder))


class Api:
    """``api("posts.posts_list", …)``: the answer of that function of the package."""

    def __init__(self, package: str, token: str = "") -> None:
        self.package = package
        self.models = import_module(f"{package}.models")
        options = {
            "base_url": "http://testserver",
            "httpx_args": {"transport": httpx.WSGITransport(WSGIHandler())},
            "raise_on_unexpected_status": True,
        }
        module = import_module(package)
        self.client = module.Client(**options)
        if token:
            self.client = module.AuthenticatedClient(**options, token=token)

    def __call__(self, name: str, *arguments: Any, **more: Any) -> Any:
        function = import_module(f"{self.package}.api.{name}")
        return function.sync_detailed(*arguments, client=self.client, **more)


@pytest.fixture
def staff(package: str) -> Api:
    return Api(package, Token.objects.create(user=person("superuser")).key)


@pytest.fixture
def anyone(package: str) -> Api:
    return Api(package)


def write(api: Api, title: str, **more: Any) -> Any:
    return api("posts.posts_create", body=api.models.PostRequest(title, "A body"), **more)


def test_it_writes_and_reads(staff: Api, anyone: Api) -> None:
    written = write(staff, "A title")
    post = written.parsed
    assert (written.status_code, post.title, type(post.id)) == (201, "A title", UUID)
    assert written.headers["Location"].endswith(f"/api/posts/{post.id}/")

    text = anyone.models.CommentRequest("A word", author="Ann")
    comment = anyone("comments.posts_comments_create", post.id, body=text).parsed
    assert (comment.post_id, comment.author, comment.status.value) == (post.id, "Ann", "pending")
    settle()

    shown = anyone("query.query_posts_retrieve", post.id).parsed
    assert (shown.title, shown.comment_count) == ("A title", 1)
    assert [each.content for each in shown.comments] == ["A word"]
    assert datetime.now(UTC) > shown.created_at > post.created_at.replace(year=2000)
    review = staff("moderation.moderation_reviews_retrieve", comment.id).parsed
    assert (review.content, review.status.value) == ("A word", "approved")
    types = [event.type_ for event in staff("events.events_list").parsed.results]
    assert types[:2] == ["PostCreated", "CommentCreated"]


def test_it_pages_and_filters(staff: Api, anyone: Api) -> None:
    for n in range(5):
        write(staff, f"Day {n}")
    seen: list[list[str]] = []
    cursor: dict[str, str] = {}
    while True:
        page = anyone("posts.posts_list", limit=2, **cursor).parsed
        seen.append([post.title for post in page.results])
        if not page.next_:
            break
        cursor = {"cursor": parse_qs(urlsplit(page.next_).query)["cursor"][0]}
    assert seen == [["Day 4", "Day 3"], ["Day 2", "Day 1"], ["Day 0"]]
    ordering = anyone.models.PostsListOrdering.CREATED_AT
    found = anyone("posts.posts_list", search="day", ordering=ordering).parsed
    assert [post.title for post in found.results] == [f"Day {n}" for n in range(5)]
    assert anyone("posts.posts_list", since=datetime(2100, 1, 1, tzinfo=UTC)).parsed.results == []


def test_it_knows_the_errors(staff: Api, anyone: Api) -> None:
    wrong = write(staff, "")
    assert (wrong.status_code, wrong.parsed["title"]) == (400, ["This field may not be blank."])
    missing = anyone("posts.posts_retrieve", uuid4())
    assert (missing.status_code, missing.parsed.detail) == (
        404,
        "There is nothing at this address.",
    )
    assert anyone("events.events_list").status_code == 401
    kept = write(staff, "A title", idempotency_key="once")
    assert write(staff, "A title", idempotency_key="once").parsed == kept.parsed
    assert write(staff, "Another", idempotency_key="once").status_code == 422
    changed = staff("posts.posts_destroy", kept.parsed.id, if_match='"another"')
    assert changed.status_code == 412
