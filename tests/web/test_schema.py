"""The API explains itself: its schema is valid, complete and true."""

import re
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


@pytest.mark.parametrize(
    ("method", "path", "sent", "status"),
    [
        ("GET", "/api/posts/?limit=0", {}, 400),
        ("POST", "/api/posts/", {"data": "{"}, 400),
        ("POST", "/api/posts/", {"data": '{"title": ""}'}, 400),
        ("POST", "/api/posts/", {"content_type": "text/plain", "data": "A"}, 415),
        ("GET", "/api/posts/", {"headers": {"Accept": "image/png"}}, 406),
        ("DELETE", "/api/posts/{post_id}/", {}, 403),
        ("GET", "/api/posts/00000000-0000-0000-0000-000000000000/", {}, 404),
    ],
)
def test_the_schema_names_each_error(
    client: Client, schema: Any, post: Post, method: str, path: str, sent: Any, status: int
) -> None:
    answer = client.generic(
        method, path.format(post_id=post.id), **{"content_type": "application/json", **sent}
    )
    assert answer.status_code == status
    place = path.partition("?")[0].replace("0" * 8 + "-0000-0000-0000-" + "0" * 12, "{post_id}")
    [reference] = schema["paths"][place][method.lower()]["responses"][str(status)].values()
    named = schema["components"]["responses"][reference.rpartition("/")[2]]
    kind = _schema(schema, named["content"]["application/json"]["schema"]["$ref"])
    assert set(kind.get("required", [])) <= answer.json().keys()
    assert set(named["headers"]) <= set(answer.headers) | {"Retry-After"}


def test_the_schema_says_what_may_be_sent(schema: Any) -> None:
    title = _named(schema, "PostRequest")["title"]
    assert (title["minLength"], title["maxLength"], title["format"]) == (1, 200, "plain-text")
    asked = {each["name"]: each for each in schema["paths"]["/api/posts/"]["get"]["parameters"]}
    assert asked["limit"]["schema"]["minimum"] == 1
    comment = schema["paths"]["/api/posts/{post_id}/comments/"]["post"]["responses"]
    assert {"201", "400", "403", "404", "413", "415", "429", "503"} <= comment.keys()
    assert "200" not in comment


def test_the_schema_says_that_a_filter_takes_no_nul(schema: Any) -> None:
    moderator = browser_of("moderator")
    reviews = "/api/moderation/reviews/"
    asked = {each["name"]: each["schema"] for each in schema["paths"][reviews]["get"]["parameters"]}
    for name, status in {"Mo\nd": 200, "Mo\0d": 400}.items():
        assert bool(re.search(asked["decided_by"]["pattern"], name)) == (status == 200)
        assert moderator.get(reviews, {"decided_by": name}).status_code == status


def _kind(schema: Any, operation: Any) -> Any:
    content = operation["responses"]["200"]["content"]["application/json"]
    return _named(schema, content["schema"]["$ref"])


def _named(schema: Any, reference: str) -> Any:
    return _schema(schema, reference)["properties"]


def _schema(schema: Any, reference: str) -> Any:
    return schema["components"]["schemas"][reference.rpartition("/")[2]]
