"""A service was restored to an earlier state, and nobody has run recover yet: what is on the page
can be read, changed and taken down all the same."""

from uuid import UUID, uuid4

import pytest
from django.db import OperationalError
from django.test import Client

from comments import services as comments
from comments.models import Comment
from eventstore import store
from eventstore.models import Event
from moderation.models import Review
from posts import services as posts
from posts.models import Post
from query.models import CommentView, PostView
from tests.backups import backup
from tests.calls import send
from tests.end_to_end.invariants import check_settled
from tests.histories import settle
from tests.people import browser_of

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")


@pytest.fixture
def lost_post(post: Post) -> UUID:
    """On the page, with a second title; its own service has never heard of it."""
    restore = backup("posts")
    lost = posts.create_post("Lost", "text", author="Ann")
    posts.update_post(lost.id, title="Lost, again")
    settle()
    restore()
    assert Post.objects.get().id == post.id
    return lost.id


@pytest.fixture
def lost_comment(post: Post) -> UUID:
    """On the page, approved, and not in the comments database."""
    restore = backup("comments")
    lost = comments.create_comment(post.id, "Eve", "to be taken down")
    settle()
    assert CommentView.objects.get().status == "approved"
    restore()
    return lost.id


def types(subject: UUID) -> list[str]:
    return [event.type for event in store.about(subject)]


def test_a_lost_post_is_read_and_changed(lost_post: UUID) -> None:
    staff, address = browser_of("staff"), f"/api/posts/{lost_post}/"
    found = staff.get(address)
    assert (found.status_code, found.json()["title"]) == (200, "Lost, again")
    assert types(lost_post) == ["PostCreated", "PostUpdated"]
    changed = send(staff, "PATCH", address, {"body": "other"}, if_match=found.headers["ETag"])
    assert changed.status_code == 200
    settle()
    shown = PostView.objects.get(id=lost_post)
    assert (shown.title, shown.body, shown.author) == ("Lost, again", "other", "Ann")
    assert types(lost_post) == ["PostCreated", "PostUpdated", "PostUpdated"]


def test_a_lost_post_is_deleted_once(lost_post: UUID) -> None:
    staff, address = browser_of("staff"), f"/api/posts/{lost_post}/"
    assert send(staff, "DELETE", address).status_code == 204
    settle()
    assert not PostView.objects.filter(id=lost_post).exists()
    assert types(lost_post) == ["PostCreated", "PostUpdated", "PostDeleted"]
    assert send(staff, "PATCH", address, {"title": "B"}).status_code == 404
    for method in ("GET", "DELETE"):
        assert send(staff, method, address).status_code == 404
    check_settled()


def test_a_lost_comment_is_read_and_deleted_once(lost_comment: UUID) -> None:
    staff, address = browser_of("staff"), f"/api/comments/{lost_comment}/"
    assert Client().get(address).json()["content"] == "to be taken down"
    Comment.objects.all().delete()
    assert send(staff, "DELETE", address).status_code == 204
    settle()
    assert not CommentView.objects.exists()
    assert types(lost_comment).count("CommentDeleted") == 1
    for method in ("GET", "DELETE"):
        assert send(staff, method, address).status_code == 404
    check_settled()


def test_a_moderator_rejects_a_lost_comment(lost_comment: UUID) -> None:
    address = f"/api/moderation/reviews/{lost_comment}/reject/"
    assert send(browser_of("moderator"), "POST", address, {}).status_code == 200
    settle()
    assert CommentView.objects.get().status == "rejected"
    assert Comment.objects.get().status == "rejected"
    check_settled()


def test_a_moderator_rejects_what_moderation_has_lost(post: Post) -> None:
    """Its worker has not caught up."""
    restore = backup("moderation")
    comment = comments.create_comment(post.id, "Eve", "to be taken down")
    settle()
    restore()
    moderator, address = browser_of("moderator"), f"/api/moderation/reviews/{comment.id}/"
    assert moderator.get(address).json()["status"] == "approved"
    Review.objects.all().delete()
    assert send(moderator, "POST", f"{address}reject/", {"reason": "no"}).status_code == 200
    settle()
    assert CommentView.objects.get().status == "rejected"
    assert types(comment.id).count("CommentModerated") == 2
    check_settled()


@pytest.mark.parametrize("what", ["post", "comment"])
def test_the_admin_shows_and_deletes_what_is_lost(
    what: str, request: pytest.FixtureRequest
) -> None:
    key = request.getfixturevalue(f"lost_{what}")
    admin, address = browser_of("superuser"), f"/admin/{what}s/{what}/{key}/"
    assert admin.get(f"{address}change/").status_code == 200
    (Post if what == "post" else Comment)._default_manager.filter(pk=key).delete()
    assert admin.post(f"{address}delete/", {"post": "yes"}).status_code == 302
    settle()
    assert types(key)[-1] in ("PostDeleted", "CommentDeleted")
    assert not PostView.objects.filter(id=key).exists()
    assert not CommentView.objects.filter(id=key).exists()


def test_what_was_deleted_stays_deleted(post: Post) -> None:
    comment = comments.create_comment(post.id, "Eve", "gone")
    settle()
    comments.delete_comment(comment.id)
    comments.set_status(comment.id, "approved")
    settle()
    assert types(comment.id)[-1] == "CommentDeleted"
    assert Client().get(f"/api/comments/{comment.id}/").status_code == 404


def test_what_never_was_is_404_and_makes_nothing(post: Post) -> None:
    staff, before = browser_of("staff"), Event.objects.count()
    for address in (f"/api/posts/{uuid4()}/", f"/api/comments/{uuid4()}/"):
        for method in ("GET", "DELETE"):
            assert send(staff, method, address).status_code == 404
    review, moderator = f"/api/moderation/reviews/{uuid4()}/", browser_of("moderator")
    assert moderator.get(review).status_code == 404
    assert send(moderator, "POST", f"{review}approve/", {}).status_code == 404
    assert Event.objects.count() == before


def test_without_the_event_store_it_is_503_and_not_404(
    lost_post: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*args: object, **given: object) -> None:
        raise OperationalError("the event store is away")

    monkeypatch.setattr(Event.objects, "filter", away)
    staff = browser_of("staff")
    for address in (f"/api/posts/{lost_post}/", f"/api/comments/{uuid4()}/"):
        for method in ("GET", "DELETE"):
            assert send(staff, method, address).status_code == 503
