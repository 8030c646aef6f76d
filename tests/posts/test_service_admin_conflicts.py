"""What the admin refuses, and what it says where somebody else was faster."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from comments import services as comments
from posts import services as posts
from posts.models import Post
from tests.histories import settle
from tests.pages import Page
from tests.people import browser_of
from tests.records import on_record

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")

POSTS, COMMENTS = "/admin/posts/post/", "/admin/comments/comment/"
RIGHT = {"title": "Better", "body": "A body", "author": ""}


@pytest.fixture
def admin(transactional_db: None) -> Client:
    return browser_of("superuser")


@pytest.mark.parametrize(
    "bad", ["", "\u200b", "A\x00", "x" * 201], ids=["empty", "unseen", "NUL", "too long"]
)
def test_what_is_wrong_with_a_title_stands_next_to_it(admin: Client, post: Post, bad: str) -> None:
    before = on_record()
    for address in ("add/", f"{post.id}/change/"):
        page = Page(admin.post(POSTS + address, RIGHT | {"title": bad}).text)

        assert page.inside("id_title_error")
        assert page.find("input", name="title").attributes["aria-invalid"] == "true"
    assert on_record() == before


def test_nobody_overwrites_what_they_have_not_seen(
    admin: Client, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    posts.update_post(post.id, title="First")
    before, address = on_record(), f"{POSTS}{post.id}/change/"

    response = admin.post(address, RIGHT | {"seen": "1"})
    assert "Somebody has changed this post" in Page(response.text).text
    monkeypatch.setattr(posts, "update_post", raising(posts.PostChanged))
    response = admin.post(address, RIGHT | {"seen": "2"}, follow=True)
    assert "Somebody has changed this post" in Page(response.text).text

    assert on_record() == before


@pytest.mark.parametrize("then", ["change/", "delete/"])
def test_what_is_deleted_before_one_saves_is_said_to_be_gone(
    admin: Client, post: Post, then: str
) -> None:
    comment = comments.create_comment(post.id, "Ann", "A kind word")
    posts.delete_post(post.id)
    settle()

    for address in (f"{POSTS}{post.id}/{then}", f"{COMMENTS}{comment.id}/{then}"):
        response = admin.post(address, RIGHT | {"post": "yes"}, follow=True)
        assert "doesn’t exist" in Page(response.text).text


def test_what_is_deleted_at_the_same_moment_is_said_to_be_gone(
    admin: Client, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    comment = comments.create_comment(post.id, "Ann", "A kind word")
    for service, name, error in (
        (posts, "update_post", posts.PostNotFound),
        (posts, "delete_post", posts.PostNotFound),
        (comments, "update_comment", comments.CommentNotFound),
        (comments, "delete_comment", comments.CommentNotFound),
    ):
        monkeypatch.setattr(service, name, raising(error))
    before = on_record()

    for address, typed in (
        (f"{POSTS}{post.id}/", RIGHT),
        (f"{COMMENTS}{comment.id}/", {"author": "Bob", "content": "B"}),
    ):
        response = admin.post(f"{address}change/", typed, follow=True)
        assert "doesn’t exist" in Page(response.text).text
        response = admin.post(f"{address}delete/", {"post": "yes"}, follow=True)
        assert response.status_code == 200
    assert on_record() == before


def raising(error: type[Exception]) -> Callable[..., Any]:
    """A service for which somebody else was faster."""

    def service(*args: Any, **kwargs: Any) -> Any:
        raise error

    return service
