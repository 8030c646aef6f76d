"""A comment's way to the page, also where its post is not known yet or is being deleted."""

from contextlib import suppress
from itertools import product
from uuid import UUID

import pytest
from django.conf import LazySettings
from django.test import Client

from comments import services as comments
from comments.models import Comment, KnownPost, consumer
from eventstore.messaging import outboxes
from eventstore.models import Event
from eventstore.outbox import relay
from moderation.models import Review
from moderation.models import consumer as moderation
from posts import services as posts
from posts.models import Outbox
from query.models import CommentView, PostView
from tests.calls import send
from tests.histories import settle

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")


def write_post(client: Client, how: str) -> str:
    if how == "api":
        body = {"title": "A title", "body": "A body"}
        return str(send(client, "POST", "/api/posts/", body).json()["id"])
    to = client.post("/posts/", {"title": "A title", "body": "A body"}).headers["Location"]
    return to.rpartition("#post-")[2]


@pytest.mark.parametrize("first", ["api", "form"])
@pytest.mark.parametrize("then", ["api", "form"])
@pytest.mark.parametrize("behind", [0, 30])
def test_a_comment_right_after_its_post_is_never_too_early(
    client: Client, first: str, then: str, behind: int
) -> None:
    for n in range(behind):
        posts.create_post(f"Before {n}", "A body")
    post_id = write_post(client, first)

    for _ in "ab":
        if then == "api":
            address = f"/api/posts/{post_id}/comments/"
            assert send(client, "POST", address, {"content": "First"}).status_code == 201
        else:
            address = f"/posts/{post_id}/comments/"
            assert client.post(address, {"content": "First"}).status_code == 302
    assert consumer.position() == 0

    settle()
    shown = client.get(f"/api/query/posts/{post_id}/").json()
    assert [comment["status"] for comment in shown["comments"]] == ["approved"] * 2
    assert KnownPost.objects.count() == behind + 1


def nobody() -> None:
    pass


def comments_all() -> None:
    consumer.catch_up()


def moderation_all() -> None:
    moderation.catch_up()


AFTER_POST = (nobody, comments_all, settle)
AFTER_COMMENT = (nobody, comments_all, moderation_all, settle)
AFTER_DELETION = (nobody, moderation_all, comments_all)


def no_relay(outbox: object, **_: object) -> None:
    pass


def write_comment(post_id: UUID) -> None:
    with suppress(comments.PostNotFound):
        comments.create_comment(post_id, "Ann", "A kind word")


@pytest.mark.parametrize("batch", [1, 500])
def test_a_deleted_post_takes_its_comments_whichever_service_lags(
    settings: LazySettings, batch: int
) -> None:
    settings.CONSUMER_BATCH = batch
    for after_post, after_comment, after_deletion in product(
        AFTER_POST, AFTER_COMMENT, AFTER_DELETION
    ):
        post_id = posts.create_post("A title", "A body").id
        after_post()
        write_comment(post_id)
        after_comment()
        posts.delete_post(post_id)
        write_comment(post_id)
        after_deletion()
        write_comment(post_id)
        settle()
        write_comment(post_id)

    assert_all_gone()
    assert Event.objects.filter(type="CommentCreated").count() >= 36


@pytest.mark.parametrize("first_to_speak", ["posts", "comments"])
def test_a_deleted_post_takes_its_comments_in_any_order_of_events(
    monkeypatch: pytest.MonkeyPatch, first_to_speak: str
) -> None:
    post_id = posts.create_post("A title", "A body").id
    settle()
    monkeypatch.setattr("eventstore.outbox.relay_quietly", no_relay)

    posts.delete_post(post_id)
    write_comment(post_id)
    assert Event.objects.count() == 1
    for outbox in sorted(outboxes(), key=lambda o: o._meta.app_label != first_to_speak):
        relay(outbox)
    settle()

    assert_all_gone()


def test_a_post_whose_event_is_stuck_is_known_as_soon_as_it_is_stored(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("eventstore.outbox.relay_quietly", no_relay)
    address = f"/api/posts/{write_post(client, 'api')}/comments/"
    assert send(client, "POST", address, {"content": "First"}).status_code == 404

    relay(Outbox)
    assert send(client, "POST", address, {"content": "First"}).status_code == 201


def assert_all_gone() -> None:
    for model in (Comment, KnownPost, Review, PostView, CommentView):
        assert not model._default_manager.exists()
    published = Event.objects.filter(type="CommentCreated").values_list("subject", flat=True)
    gone = Event.objects.filter(type="CommentDeleted").values_list("subject", flat=True)
    assert sorted(published) == sorted(gone)


def test_a_comment_is_approved_and_shown() -> None:
    post = posts.create_post("A title", "A body")
    comment = comments.create_comment(post.id, "Ann", "A kind word")
    settle()
    assert CommentView.objects.get(id=comment.id).status == "approved"


def test_the_orange_one_is_rejected(client: Client) -> None:
    post = posts.create_post("A title", "A body")
    comment = comments.create_comment(post.id, "Ann", "I like Oranges")
    settle()
    assert CommentView.objects.get(id=comment.id).status == "rejected"
    shown = client.get(f"/api/query/posts/{post.id}/").json()
    assert shown["comments"][0]["content"] == ""
