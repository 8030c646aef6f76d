"""While a database is away, what needs it answers 503; when it is back all is as before."""

import logging
from typing import Any, NoReturn

import pytest
from django.conf import LazySettings
from django.contrib.sessions.backends.db import SessionStore
from django.db import OperationalError
from django.test import Client

from comments import services as comments
from eventstore.consumer import consumers
from posts.models import Post
from tests.away import JSON, PAGE, POST, Away, is_unavailable
from tests.away import away as away
from tests.histories import settle
from tests.people import browser_of

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")


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
    assert {browser.get(path).status_code for path in paths} == {200}


def test_who_is_logged_in_reads_as_the_public_while_nobody_can_say_who_they_are(
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
