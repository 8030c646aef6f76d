"""Writing in the admin publishes events as everything else does, and detects conflicts."""

import re
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client

from comments import services as comments
from comments.models import Comment
from eventstore.models import Event
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


@pytest.fixture
def comment(post: Post) -> Comment:
    comment = comments.create_comment(post.id, "Ann", "A kind word")
    settle()
    return comment


def published(after: int = 0) -> list[str]:
    return list(Event.objects.filter(position__gt=after).values_list("type", flat=True))


def text_of_page(browser: Client, address: str) -> str:
    return Page(browser.get(address).text).text


def test_a_post_is_written_changed_and_deleted(admin: Client) -> None:
    response = admin.post(f"{POSTS}add/", {"title": "A title", "body": "One\r\ntwo", "author": ""})
    assert (response.status_code, response.headers["X-Event-Position"]) == (302, "1")
    [post] = Post.objects.all()
    assert post.body == "One\ntwo"

    admin.post(f"{POSTS}{post.id}/change/", RIGHT | {"seen": post.tag})
    settle()
    assert admin.get(f"/api/query/posts/{post.id}/").json()["title"] == "Better"
    admin.post(f"{POSTS}{post.id}/delete/", {"post": "yes"})
    settle()

    assert published() == ["PostCreated", "PostUpdated", "PostDeleted"]
    assert admin.get(f"/api/query/posts/{post.id}/").status_code == 404
    assert LogEntry.objects.filter(object_id=str(post.id)).count() == 3


def test_a_new_post_that_is_sent_twice_is_added_once(admin: Client) -> None:
    """A double click; then back, and another text."""
    [field] = Page(admin.get(f"{POSTS}add/").text).all("input", name="key")
    form = RIGHT | {"key": field.attributes["value"]}
    assert [admin.post(f"{POSTS}add/", form).status_code for _ in range(2)] == [302, 302]
    assert published() == ["PostCreated"]
    assert admin.post(f"{POSTS}add/", form | {"title": "Another"}).status_code == 302
    assert sorted(Post.objects.values_list("title", flat=True)) == ["Another", "Better"]
    [field] = Page(admin.get(f"{POSTS}add/").text).all("input", name="key")
    assert field.attributes["value"] != form["key"]


def test_a_comment_is_changed_and_deleted(admin: Client, post: Post, comment: Comment) -> None:
    address = f"{COMMENTS}{comment.id}/"
    admin.post(f"{address}change/", {"author": "Bob", "content": "Kinder", "status": "rejected"})
    settle()
    [shown] = admin.get(f"/api/query/posts/{post.id}/").json()["comments"]
    assert (shown["author"], shown["content"], shown["status"]) == ("Bob", "Kinder", "approved")
    admin.post(f"{address}delete/", {"post": "yes"})
    settle()

    assert published(4) == ["CommentUpdated", "CommentDeleted"]
    assert admin.get(f"/api/query/posts/{post.id}/").json()["comments"] == []
    assert admin.get(f"{COMMENTS}add/").status_code == 403


def test_saving_without_a_change_publishes_nothing(
    admin: Client, post: Post, comment: Comment
) -> None:
    same = {"title": post.title, "body": post.body, "author": "", "seen": post.tag}
    admin.post(f"{POSTS}{post.id}/change/", same)
    admin.post(f"{COMMENTS}{comment.id}/change/", {"author": "Ann", "content": "A kind word"})

    assert published(4) == []


def test_many_are_deleted_each_with_its_event(admin: Client, post: Post, comment: Comment) -> None:
    others = [posts.create_post(f"Post {n}", "A body").id for n in range(3)]
    chosen = {"action": "delete_selected", "post": "yes", "_selected_action": [post.id, *others]}
    admin.post(POSTS, chosen)
    settle()

    assert not Post.objects.exists()
    assert published(7) == ["PostDeleted"] * 4 + ["CommentDeleted"]
    assert admin.get("/api/query/posts/").json()["results"] == []


def test_many_are_deleted_or_none(
    admin: Client, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    posts.create_post("Another", "A body")
    delete, calls = posts.delete_post, []

    def fail_on_the_second(post_id: UUID) -> None:
        calls.append(post_id)
        if len(calls) > 1:
            raise RuntimeError
        delete(post_id)

    monkeypatch.setattr(posts, "delete_post", fail_on_the_second)
    before = on_record()
    ids = list(Post.objects.values_list("id", flat=True))
    with pytest.raises(RuntimeError):
        admin.post(POSTS, {"action": "delete_selected", "post": "yes", "_selected_action": ids})
    assert on_record() == before


def test_lists_are_searched_and_filtered(admin: Client, post: Post, comment: Comment) -> None:
    for address, found, lost in (
        (f"{POSTS}?q=title", "A title", "0 posts"),
        (f"{POSTS}?q=nowhere", "0 posts", "A title"),
        (f"{COMMENTS}?q=kind&status__exact=approved", "A kind word", "0 comments"),
        (f"{COMMENTS}?status__exact=pending", "0 comments", "A kind word"),
    ):
        text = text_of_page(admin, address)
        assert found in text
        assert lost not in text
    assert f'href="/posts/{post.slug}/"' in admin.get(POSTS).text


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


def test_an_unseen_version_is_not_overwritten(
    admin: Client, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = f"{POSTS}{post.id}/change/"
    seen = Page(admin.get(address).text).find("input", name="seen").attributes["value"]
    now = posts.update_post(post.id, title="First").tag
    before = on_record()

    response = admin.post(address, RIGHT | {"seen": seen})
    assert "Somebody has changed this post" in Page(response.text).text
    monkeypatch.setattr(posts, "update_post", raising(posts.PostChanged))
    response = admin.post(address, RIGHT | {"seen": now}, follow=True)
    assert "Somebody has changed this post" in Page(response.text).text

    assert on_record() == before


@pytest.mark.parametrize("then", ["change/", "delete/"])
def test_saving_a_deleted_row_reports_that_it_is_gone(admin: Client, post: Post, then: str) -> None:
    comment = comments.create_comment(post.id, "Ann", "A kind word")
    posts.delete_post(post.id)
    settle()

    for address in (f"{POSTS}{post.id}/{then}", f"{COMMENTS}{comment.id}/{then}"):
        response = admin.post(address, RIGHT | {"post": "yes"}, follow=True)
        assert "doesn’t exist" in Page(response.text).text


def test_a_row_deleted_at_the_same_moment_is_reported_as_gone(
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


def test_very_many_comments_are_deleted_a_hundred_at_a_time(admin: Client, post: Post) -> None:
    """Selected on all pages: the page to confirm lists some, and these are deleted."""
    texts = {"post_id": post.id, "author": "Ann", "content": "A kind word"}
    Comment.objects.bulk_create(Comment(**texts) for _ in range(130))
    one = str(Comment.objects.values_list("pk", flat=True)[0])
    action = {"action": "delete_selected", "select_across": "1", "index": "0"}
    confirm = admin.post(COMMENTS, {**action, "_selected_action": [one]})
    assert "At most 100 are deleted at a time" in confirm.text
    listed = re.findall(r'name="_selected_action" value="([^"]+)"', confirm.text)
    assert len(listed) == 100
    form = {"action": "delete_selected", "post": "yes", "_selected_action": listed}
    assert "Successfully deleted 100 comments" in admin.post(COMMENTS, form, follow=True).text
    assert Comment.objects.count() == 30
