"""While a database is away, what needs it responds with 503, and nothing is lost."""

import logging
from typing import Any, NoReturn
from uuid import UUID, uuid4

import pytest
from django.conf import LazySettings
from django.contrib.sessions.backends.db import SessionStore
from django.db import OperationalError
from django.test import Client
from django.utils.html import escape

from comments import services as comments
from comments.models import Comment
from eventstore.consumer import consumers
from posts.models import Post
from tests.away import COMMENT, JSON, PAGE, POST, Away, is_unavailable
from tests.away import away as away
from tests.calls import send
from tests.histories import settle
from tests.pages import Page, get
from tests.people import browser_of
from tests.records import on_record

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")

ELSEWHERE = "/an/address/of/another/blog/"


@pytest.mark.parametrize(
    ("alias", "addresses"),
    [
        ("posts", ["/api/posts/", "/api/posts/{post}/", "/admin/posts/post/"]),
        (
            "comments",
            [
                "/api/posts/{post}/comments/",
                "/api/comments/?post_id={post}",
                "/api/comments/{comment}/",
                "/admin/comments/comment/",
            ],
        ),
        (
            "moderation",
            [
                "/api/moderation/reviews/",
                "/api/moderation/reviews/{comment}/",
                "/admin/moderation/review/",
            ],
        ),
        (
            "query",
            [
                "/",
                "/posts/{post}/",
                "/posts/a-title/",
                ELSEWHERE,
                "/feed/",
                "/sitemap.xml",
                "/?min_position=1",
                "/api/query/posts/",
                "/api/query/posts/{post}/",
                "/api/query/posts/{post}/comments/",
                "/api/query/posts/?min_position=1",
            ],
        ),
        ("eventstore", ["/api/events/", "/admin/eventstore/event/"]),
        ("default", ["/admin/", "/api/events/", "/api/moderation/reviews/"]),
    ],
)
def test_what_needs_it_is_unavailable_and_comes_back(
    post: Post, away: Away, caplog: pytest.LogCaptureFixture, alias: str, addresses: list[str]
) -> None:
    comment = comments.create_comment(post.id, "Ann", "A word")
    settle()
    browser = browser_of("superuser")
    paths = [path.format(post=post.id, comment=comment.id) for path in addresses]
    with away(alias):
        for path in paths:
            kind = JSON if path.startswith("/api/") else PAGE
            assert is_unavailable(browser.get(path), kind)
            assert is_unavailable(browser.get(path, headers={"Accept": "text/html"}), PAGE)
    errors = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert len(errors) == 2 * len(paths)
    for error in errors:
        assert ": 503, " in error.message
        assert "\n" not in error.message
        assert not error.exc_info
    statuses = {path: browser.get(path, follow=True).status_code for path in paths}
    assert statuses.pop(ELSEWHERE, 404) == 404
    assert set(statuses.values()) == {200}


def test_a_user_reads_as_the_public_while_the_users_database_is_away(
    post: Post, away: Away
) -> None:
    comments.create_comment(post.id, "Ann", "Waiting")
    consumers()["query"].catch_up()
    browser = browser_of("moderator")
    assert "Waiting" in browser.get("/").text
    with away("default"):
        page = browser.get("/")
        assert page.status_code == 200
        assert "A title" in page.text
        assert "Waiting" not in page.text
        assert browser.post("/posts/", POST).status_code == 302


def test_a_session_that_cannot_be_saved_is_no_error_of_ours(
    post: Post,
    settings: LazySettings,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """It is saved after the view."""

    def refuse(self: SessionStore, must_create: bool = False) -> NoReturn:
        raise OperationalError("gone")

    browser = browser_of("user")
    browser.raise_request_exception = False
    settings.SESSION_SAVE_EVERY_REQUEST = True
    monkeypatch.setattr(SessionStore, "save", refuse)
    assert is_unavailable(browser.get("/"), PAGE)
    [error] = caplog.records
    assert not error.exc_info


def test_what_is_wrong_with_the_program_stays_an_error(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def wrong(*_: Any) -> NoReturn:
        raise RuntimeError("nobody thought of this")

    client.raise_request_exception = False
    monkeypatch.setattr("posts.views.services.create_post", wrong)
    answer = client.post("/posts/", POST)
    assert answer.status_code == 500
    assert "Something went wrong on our side" in answer.text


TEXT = "Much that was <b>hard</b> to write.\nIn two lines & more."


def writes(post: UUID, comment: UUID) -> dict[str, list[tuple[str, str, Any]]]:
    """What cannot be saved while each of these databases is away."""
    return {
        "posts": [
            ("POST", "/api/posts/", POST),
            ("PATCH", f"/api/posts/{post}/", {"title": "Another"}),
            ("DELETE", f"/api/posts/{post}/", None),
            ("FORM", "/posts/", POST),
            ("FORM", "/admin/posts/post/add/", POST),
            ("FORM", f"/admin/posts/post/{post}/delete/", {"post": "yes"}),
        ],
        "comments": [
            ("POST", f"/api/posts/{post}/comments/", COMMENT),
            ("DELETE", f"/api/comments/{comment}/", None),
            ("FORM", f"/posts/{post}/comments/", COMMENT),
            ("FORM", f"/admin/comments/comment/{comment}/change/", COMMENT),
        ],
        "moderation": [
            ("POST", f"/api/moderation/reviews/{comment}/approve/", {}),
            ("POST", f"/api/moderation/reviews/{comment}/reject/", {}),
        ],
        "eventstore": [
            ("POST", f"/api/posts/{uuid4()}/comments/", COMMENT),
            ("FORM", f"/posts/{uuid4()}/comments/", COMMENT),
        ],
    }


@pytest.mark.parametrize("alias", ["posts", "comments", "moderation", "eventstore"])
def test_a_failed_write_responds_503_and_saves_nothing(post: Post, away: Away, alias: str) -> None:
    comment = comments.create_comment(post.id, "Ann", "A word")
    settle()
    browser, before = browser_of("superuser"), on_record()
    for method, path, body in writes(post.id, comment.id)[alias]:
        with away(alias):
            if method == "FORM":
                answer = browser.post(path, body)
            else:
                answer = send(browser, method, path, body)
            assert is_unavailable(answer, JSON if path.startswith("/api/") else PAGE)
            assert "Nothing was saved" in answer.text
        settle()
        assert on_record() == before


@pytest.mark.parametrize("alias", ["eventstore", "default", "moderation", "query"])
@pytest.mark.parametrize("form", [False, True], ids=["api", "form"])
def test_what_can_be_saved_is_and_follows_when_all_is_back(
    client: Client, post: Post, away: Away, alias: str, form: bool
) -> None:
    with away(alias):
        if form:
            answer = client.post(f"/posts/{post.id}/comments/", COMMENT)
            assert answer.status_code == 302
        else:
            answer = send(client, "POST", f"/api/posts/{post.id}/comments/", COMMENT)
            assert answer.status_code == 201
    settle()
    assert [comment.status for comment in Comment.objects.all()] == ["approved"]
    shown = client.get(f"/api/query/posts/{post.id}/").json()["comments"]
    assert [comment["status"] for comment in shown] == ["approved"]


@pytest.mark.parametrize("alias", ["posts", "comments", "eventstore"])
def test_what_was_typed_is_in_the_form_that_is_shown_again(
    post: Post, away: Away, alias: str
) -> None:
    browser = Client(enforce_csrf_checks=True)
    token = field(get(browser, "/"), "csrfmiddlewaretoken")
    unknown = f"/posts/{uuid4()}/comments/"  # comments has to look for such a post in the log
    address = {"posts": "/posts/", "eventstore": unknown}.get(alias, f"/posts/{post.id}/comments/")
    typed = {"title": "<b>A title</b>", "author": "Ann & co", "content": TEXT, "body": TEXT}
    with away(alias, "default"):
        answer = browser.post(address, {**typed, "csrfmiddlewaretoken": token})
    assert is_unavailable(answer, PAGE)
    assert answer.headers["Cache-Control"] == "no-store"
    page = Page(answer.text)
    assert "what you typed is still here" in page.text
    assert "<b>" not in answer.text
    names = ["title"] if alias == "posts" else ["author"]
    shown = {name: field(page, name) for name in ("csrfmiddlewaretoken", *names)}
    assert {name: shown[name] for name in names} == {name: typed[name] for name in names}
    [form] = page.all("form", method="post")
    assert escape(TEXT) in answer.text
    assert form.attributes["action"] == address

    if alias != "eventstore":
        again = {**typed, "csrfmiddlewaretoken": shown["csrfmiddlewaretoken"]}
        assert browser.post(address, again).status_code == 302


def test_without_a_form_the_503_page_points_to_the_back_button(post: Post, away: Away) -> None:
    browser = browser_of("superuser")
    with away("posts"):
        answer = browser.post("/admin/posts/post/add/", POST)
        assert is_unavailable(answer, PAGE)
        assert "back button leads to what you typed" in answer.text
        assert "back button" not in browser.get("/admin/posts/post/").text


def field(page: Page, name: str) -> str:
    return page.all("input", name=name)[0].attributes["value"] or ""
