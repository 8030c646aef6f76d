"""The API explains itself: its schema is valid, complete and true."""

from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from comments import services as comments
from posts.models import Post
from tests.histories import settle
from tests.people import browser_of

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")


@pytest.fixture
def names(post: Post) -> dict[str, object]:
    comment = comments.create_comment(post.id, "Ann", "A kind word")
    settle()
    return {"post": post.id, "comment": comment.id}


@pytest.fixture
def schema(client: Client) -> Any:
    return client.get("/api/schema/?format=json").json()


def test_the_schema_is_valid_without_a_warning(tmp_path: Any) -> None:
    call_command("spectacular", "--validate", "--fail-on-warn", "--file", tmp_path / "schema.yml")


def test_who_does_not_know_the_way_is_shown_the_reader(client: Client) -> None:
    assert client.get("/api/", follow=True).redirect_chain == [("/api/docs/", 302)]


def test_the_schema_knows_every_address(schema: Any) -> None:
    methods = {path: sorted(methods) for path, methods in schema["paths"].items()}
    assert methods == {
        "/api/posts/": ["get", "post"],
        "/api/posts/{post_id}/": ["delete", "get", "patch"],
        "/api/posts/{post_id}/comments/": ["get", "post"],
        "/api/comments/": ["get"],
        "/api/comments/{comment_id}/": ["delete", "get"],
        "/api/query/posts/": ["get"],
        "/api/query/posts/{post_id}/": ["get"],
        "/api/query/posts/{post_id}/comments/": ["get"],
        "/api/moderation/reviews/": ["get"],
        "/api/moderation/reviews/{comment_id}/": ["get"],
        "/api/moderation/reviews/{comment_id}/approve/": ["post"],
        "/api/moderation/reviews/{comment_id}/reject/": ["post"],
        "/api/events/": ["get"],
    }


def test_answers_have_the_attributes_that_the_schema_promises(
    schema: Any, names: dict[str, object]
) -> None:
    browser = browser_of("superuser")
    for path, methods in schema["paths"].items():
        if "get" not in methods:
            continue
        address = path.format(post_id=names["post"], comment_id=names["comment"])
        if path == "/api/comments/":
            address += f"?post_id={names['post']}"
        answer, kind = browser.get(address).json(), _kind(schema, methods["get"])
        assert answer.keys() == kind.keys()
        if "results" in kind:
            reference = kind["results"]["items"]["$ref"]
            assert answer["results"][0].keys() == _named(schema, reference).keys()


def _kind(schema: Any, operation: Any) -> Any:
    content = operation["responses"]["200"]["content"]["application/json"]
    return _named(schema, content["schema"]["$ref"])


def _named(schema: Any, reference: str) -> Any:
    return schema["components"]["schemas"][reference.rpartition("/")[2]]["properties"]
