"""Every address of the API is a page when a browser opens it."""

import re
from contextlib import closing
from uuid import uuid4

import pytest
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import User
from django.test import Client

from comments import services as comments
from posts.models import Post
from tests.calls import send
from tests.histories import settle
from tests.pages import Page
from tests.people import KINDS, browser_of, person

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
ADDRESSES = [
    "/api/posts/",
    "/api/posts/{post}/",
    "/api/posts/{post}/comments/",
    "/api/comments/?post_id={post}",
    "/api/comments/",
    "/api/comments/{comment}/",
    "/api/query/posts/",
    "/api/query/posts/{post}/",
    "/api/query/posts/{post}/comments/",
    "/api/query/posts/?min_position=x",
    "/api/moderation/reviews/",
    "/api/moderation/reviews/{comment}/",
    "/api/moderation/reviews/{comment}/approve/",
    "/api/moderation/reviews/{comment}/reject/",
    "/api/events/",
    "/api/events/?limit=x",
    "/api/posts/{nobody}/",
    "/api/posts/x/",
    "/api/nowhere/",
    "/api/docs/",
]


@pytest.fixture
def names(post: Post) -> dict[str, object]:
    comment = comments.create_comment(post.id, "Ann", "A kind word")
    settle()
    return {"post": post.id, "comment": comment.id, "nobody": uuid4()}


@pytest.mark.parametrize("kind", KINDS)
def test_every_address_is_a_page_in_a_browser(names: dict[str, object], kind: str) -> None:
    browser = browser_of(kind)
    for address in ADDRESSES:
        path = address.format(**names)
        response = browser.get(path, headers={"accept": BROWSER})

        assert response.headers["Content-Type"].startswith("text/html"), path
        assert response.status_code in (200, 400, 403, 404, 405), path
        assert response.status_code == browser.get(path).status_code
        assert "<title>" in response.text


def test_what_a_browser_sends_is_answered_with_a_page(names: dict[str, object]) -> None:
    browser = browser_of("superuser")
    for method, address, body, status in (
        ("POST", "/api/posts/", {"title": "A", "body": "B"}, 201),
        ("POST", "/api/posts/", {"title": ""}, 400),
        ("POST", "/api/posts/{post}/comments/", {"content": "A"}, 201),
        ("POST", "/api/moderation/reviews/{comment}/approve/", {}, 200),
        ("PATCH", "/api/posts/{post}/", {"title": "B"}, 200),
        ("PUT", "/api/posts/{post}/", {"title": "B"}, 405),
        ("DELETE", "/api/comments/{comment}/", None, 200),
        ("OPTIONS", "/api/posts/{post}/", None, 200),
    ):
        response = send(browser, method, address.format(**names), body, accept=BROWSER)
        assert response.status_code == status, (method, address)
        assert response.headers["Content-Type"].startswith("text/html")


def test_pages_of_the_api_load_nothing_from_elsewhere(client: Client, post: Post) -> None:
    for address in ("/api/docs/", "/api/posts/"):
        response = client.get(address, headers={"accept": BROWSER})
        loaded = [
            element.attributes.get("src") or element.attributes["href"]
            for element in Page(response.text).elements
            if element.tag in ("script", "link", "img") and {"src", "href"} & {*element.attributes}
        ]
        assert len(loaded) > 2
        for source in loaded:
            assert source.startswith(("/static/", "/api/docs/")), source
            with closing(client.get(source)) as found:
                assert found.status_code == 200, source
        assert not re.search(r"""(?:src|@import|url\()\s*=?\s*["']?(?:https?:)?//""", response.text)


def test_who_is_not_logged_in_is_led_to_the_login_and_back() -> None:
    person("superuser")
    User.objects.update(password=make_password("correct horse"))
    browser, address = Client(), "/api/events/?limit=5&after=0"
    [link] = links(browser, address)
    assert Page(browser.get(link).text).all("input", name="password")
    typed = {"username": "superuser", "password": "correct horse", "next": address}
    answer = browser.post(link, typed)
    assert (answer.status_code, answer.headers["Location"]) == (302, address)
    assert links(browser, address) == []


def links(browser: Client, address: str) -> list[str]:
    """Those to the login."""
    page = Page(browser.get(address, headers={"accept": BROWSER}).text)
    hrefs = [link.attributes.get("href") or "" for link in page.all("a")]
    return [href for href in hrefs if href.startswith("/admin/login/")]


def test_there_is_an_icon_where_a_page_names_none(client: Client) -> None:
    answer = client.get("/favicon.ico")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "image/x-icon")
    assert answer.content.startswith(b"\0\0\1\0")
    assert answer.headers["Cache-Control"] == "public, max-age=2592000"
