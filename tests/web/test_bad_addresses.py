"""Bad addresses, query strings, methods, headers and cookies: the right 4xx, never a 500."""

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from comments import services as comments
from posts.models import Post
from tests.histories import settle
from tests.people import browser_of
from tests.records import on_record

pytestmark = pytest.mark.django_db(databases="__all__")

LISTS = ["posts/", "posts/{post}/comments/", "comments/?post_id={post}"]
LISTS += ["query/posts/", "query/posts/{post}/", "query/posts/{post}/comments/"]
LISTS += ["moderation/reviews/"]
READ_MODEL = ["query/posts/", "query/posts/{post}/", "query/posts/{post}/comments/"]
GARBAGE = ["x", "%00", "cD1hYmM%3D", "bz0xMDAwMDAwMDAw", "cD0lMDA=", "%F0%9F%98%80", "a:b:c"]
NO_NUMBER = ["abc", "1.5", "-1", "%00", "1e3", "0x1", "9" * 2_000]

BAD_QUERIES = [(address, f"cursor={value}") for address in LISTS for value in GARBAGE]
BAD_QUERIES += [(address, f"limit={value}") for address in LISTS for value in [*NO_NUMBER, "0"]]
BAD_QUERIES += [(a, f"min_position={v}") for a in READ_MODEL for v in [*NO_NUMBER, str(10**30)]]
BAD_QUERIES += [("events/", f"after={value}") for value in [*NO_NUMBER, str(10**30)]]
BAD_QUERIES += [("events/", f"limit={value}") for value in [*NO_NUMBER, "0"]]
BAD_QUERIES += [("events/", f"type={value}") for value in ["Nope", "%00", "postcreated"]]
BAD_QUERIES += [("comments/", f"post_id={value}") for value in ["x", "", "%00", "1"]]
BAD_QUERIES += [("comments/", ""), ("comments/", "&".join(["post_id=" + "0" * 32] * 101))]
BAD_QUERIES += [("moderation/reviews/", "status=Nope"), ("moderation/reviews/", "post_id=1")]
BAD_QUERIES += [("moderation/reviews/", "decided_by=%00")]
BAD_QUERIES += [
    (a, q) for a in LISTS for q in ("limit=1&limit=2", "limit=x&limit=", "cursor=&cursor=x")
]
BAD_QUERIES += [(a, "min_position=0&min_position=1") for a in READ_MODEL]
BAD_QUERIES += [("events/", "after=0&after=1"), ("events/", "type=PostCreated&type=PostDeleted")]
BAD_QUERIES += [("moderation/reviews/", "status=pending&status=approved")]


@pytest.fixture
def browser(post: Post) -> Client:
    """Of somebody who may do everything, with a comment to see."""
    comments.create_comment(post.id, "Ann", "A kind word")
    settle()
    return browser_of("superuser")


def test_a_bad_query_string_is_400_at_its_name(browser: Client, post: Post) -> None:
    for address, query in BAD_QUERIES:
        path = f"/api/{address.format(post=post.id)}"
        response = browser.get(f"{path}{'&' if '?' in path else '?'}{query}")

        assert response.status_code == 400, query[:80]
        assert list(response.json()) == [query.partition("=")[0] or "post_id"]


def test_a_name_without_a_value_counts_as_not_given(browser: Client, post: Post) -> None:
    names = ["limit", "cursor", "min_position", "after", "type", "status"]
    nothing = "&".join(f"{name}=" for name in names)
    for address in [*LISTS, "events/"]:
        path = f"/api/{address.format(post=post.id)}"
        assert browser.get(f"{path}{'&' if '?' in path else '?'}{nothing}").status_code == 200


@pytest.mark.parametrize("query", ["page=x", "page=0", "page=-1", f"page={'9' * 5_000}", "page="])
@pytest.mark.parametrize("more", ["", "&comment=x", "&comment=%00", "&min_position=x"])
def test_the_page_shows_what_there_is(client: Client, post: Post, query: str, more: str) -> None:
    for address in ("/", f"/posts/{post.id}/"):
        assert client.get(f"{address}?{query}{more}").status_code == 200


IDS = ["1", "x", "%00", "../..", "0" * 32, f"{uuid4()}x", "%F0%9F%98%80", "x" * 5_000]
ONE = ["posts/{id}/", "posts/{id}/comments/", "comments/{id}/", "query/posts/{id}/"]
ONE += ["moderation/reviews/{id}/", "query/posts/{id}/comments/"]
DECISIONS = ["moderation/reviews/{id}/approve/", "moderation/reviews/{id}/reject/"]


def test_what_does_not_exist_is_404_for_every_method(browser: Client) -> None:
    before = on_record()
    body = {"title": "A", "content": "A"}
    for address in [*ONE, *DECISIONS]:
        for id_ in [*IDS, uuid4(), str(uuid4()).upper()]:
            for method in (browser.get, browser.post, browser.patch, browser.delete):
                path = f"/api/{address.format(id=id_)}"
                response: Any = method(path, body, content_type="application/json")
                assert response.status_code in (404, 405), path
                assert list(response.json()) == ["detail"]
    assert on_record() == before


ALLOWED = {
    "posts/": "GET, POST, HEAD, OPTIONS",
    "posts/{post}/": "GET, PATCH, DELETE, HEAD, OPTIONS",
    "posts/{post}/comments/": "GET, POST, HEAD, OPTIONS",
    "comments/": "GET, HEAD, OPTIONS",
    "query/posts/": "GET, HEAD, OPTIONS",
    "query/posts/{post}/": "GET, HEAD, OPTIONS",
    "query/posts/{post}/comments/": "GET, HEAD, OPTIONS",
    "moderation/reviews/": "GET, HEAD, OPTIONS",
    "moderation/reviews/{post}/approve/": "POST, OPTIONS",
    "events/": "GET, HEAD, OPTIONS",
}


@pytest.mark.parametrize("address", ALLOWED)
@pytest.mark.parametrize("kind", ["anonymous", "superuser"])
def test_another_method_is_405_and_says_which(post: Post, kind: str, address: str) -> None:
    browser, allowed = browser_of(kind), ALLOWED[address].split(", ")
    for method in {"GET", "POST", "PUT", "PATCH", "DELETE", "TRACE", "BREW"} - set(allowed):
        path = f"/api/{address.format(post=post.id)}"
        response = browser.generic(method, path, b"{}", "application/json")

        assert response.status_code == 405
        assert sorted(response.headers["Allow"].split(", ")) == sorted(allowed)
        assert method in response.json()["detail"]
