"""A post with very many comments is deleted: in chunks, while others go on."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.conf import LazySettings
from django.db import OperationalError, connections
from django.test import Client
from django.test.utils import CaptureQueriesContext

from comments import services as comments
from comments.models import Comment, Continuation, KnownPost, Outbox, ParkedEvent, consumer
from eventstore.models import Event
from eventstore.outbox import relay
from eventstore.store import events_appended
from moderation.models import Review
from moderation.models import consumer as moderation
from posts import services as posts
from posts.models import Post
from query.models import CommentView
from tests.calls import send
from tests.end_to_end.faults import Died
from tests.histories import settle
from tests.people import browser_of

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")

MANY = 1_000
CHUNK = 50


@pytest.fixture(autouse=True)
def _small_chunks(settings: LazySettings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.CHUNK_ROWS, settings.RETRY_SCALE, settings.THROTTLE_WRITES = CHUNK, 0, ""
    monkeypatch.setattr("eventstore.turns.LOOK_AGAIN_SECONDS", 0)
    monkeypatch.setattr("eventstore.continuing.CHUNK_SECONDS", 60)  # a busy machine narrows none


@pytest.fixture
def crowded(post: Post) -> Post:
    """It has many comments, which every service has."""
    ids = [uuid4() for _ in range(MANY)]
    texts = {"post_id": post.id, "author": "Ann", "content": "A kind word", "status": "approved"}
    Comment.objects.bulk_create(Comment(id=id_, **texts) for id_ in ids)
    Review.objects.bulk_create(Review(comment_id=id_, **texts) for id_ in ids)
    times = {"created_at": post.created_at}
    CommentView.objects.bulk_create(CommentView(id=id_, **texts, **times) for id_ in ids)
    return post


@contextmanager
def after_each_append(action: Callable[[], None]) -> Iterator[None]:
    """Do this each time when comments of the post were deleted, and the events are in the store."""

    def act(types: set[str], **_: Any) -> None:
        if types == {"CommentDeleted"}:
            action()

    events_appended.connect(act)
    try:
        yield
    finally:
        events_appended.disconnect(act)


def deleted() -> list[UUID]:
    events = Event.objects.filter(type="CommentDeleted").order_by("position")
    return list(events.values_list("subject", flat=True))


def assert_all_gone_once(ids: set[UUID]) -> None:
    settle()
    assert len(deleted()) == len(ids)
    assert set(deleted()) == ids
    for model in (Comment, Review, CommentView, Continuation, Outbox, ParkedEvent):
        assert not model._default_manager.exists()


def test_its_comments_go_in_chunks_and_other_comments_come_meanwhile(
    client: Client, crowded: Post
) -> None:
    ids = set(Comment.objects.values_list("id", flat=True))
    other = posts.create_post("Another", "A body")
    settle()
    assert send(browser_of("staff"), "DELETE", f"/api/posts/{crowded.id}/").status_code == 204
    sizes, written = [0], list[str]()

    def others_go_on() -> None:
        sizes.append(len(deleted()) - sum(sizes))
        if len(written) < 3:
            of_other = f"/api/posts/{other.id}/comments/"
            written.append(send(client, "POST", of_other, {"content": "Hello"}).json()["id"])
        moderation.catch_up()

    with after_each_append(others_go_on):
        consumer.catch_up()

    assert max(sizes) == CHUNK
    assert len(sizes) > MANY / CHUNK
    updated = Event.objects.filter(type="CommentUpdated", subject__in=written)
    last = Event.objects.filter(type="CommentDeleted").latest("position")
    assert [event.position < last.position for event in updated] == [True] * 3
    for comment_id in written:
        comments.delete_comment(UUID(comment_id))
    assert_all_gone_once(ids | {UUID(comment_id) for comment_id in written})


def test_its_comments_are_not_found_as_soon_as_comments_has_handled_it(
    client: Client, crowded: Post
) -> None:
    of_post, staff = f"/api/posts/{crowded.id}/comments/", browser_of("superuser")
    posts.delete_post(crowded.id)
    looked = []

    def look() -> None:
        left = Comment.objects.filter(post_id=crowded.id).first()
        if left is None:
            return
        looked.append(left)
        assert client.get(f"/api/comments/{left.id}/").status_code == 404
        assert send(staff, "DELETE", f"/api/comments/{left.id}/").status_code == 404
        assert client.get(f"/api/comments/?post_id={crowded.id}").json()["results"] == []
        assert client.get(of_post).status_code == 404
        assert send(client, "POST", of_post, {"content": "Late"}).status_code == 404
        assert str(left.id) not in staff.get("/admin/comments/comment/").text
        change = f"/admin/comments/comment/{left.id}/change/"
        assert staff.get(change).status_code == 302
        with pytest.raises(comments.CommentNotFound):
            comments.update_comment(left.id, content="changed")
        comments.set_status(left.id, "rejected")
        left.refresh_from_db()
        assert left.status == "approved"

    with after_each_append(look):
        consumer.catch_up()
    assert len(looked) == MANY // CHUNK - 1


@pytest.mark.parametrize("place", ["publish_all", "relay"])
@pytest.mark.parametrize("at", [1, 2, 7])
def test_a_process_that_dies_in_it_leaves_the_rest_to_the_next(
    crowded: Post, monkeypatch: pytest.MonkeyPatch, place: str, at: int
) -> None:
    ids = set(Comment.objects.values_list("id", flat=True))
    posts.delete_post(crowded.id)
    calls = 0

    def before(action: Callable[..., Any]) -> Callable[..., Any]:
        def act(*given: Any, **more: Any) -> Any:
            nonlocal calls
            calls += 1
            if calls == at:
                raise Died
            return action(*given, **more)

        return act

    with monkeypatch.context() as patch:
        patch.setattr(Outbox, "publish_all", before(Outbox.publish_all))
        if place == "relay":
            patch.undo()
            patch.setattr("eventstore.outbox.relay", before(relay))
        with pytest.raises(Died):
            consumer.catch_up()
    left = Comment.objects.count()
    assert left == MANY - CHUNK * (at - 1 if place == "publish_all" else at)
    assert_all_gone_once(ids)


def test_it_takes_few_statements(crowded: Post, settings: LazySettings) -> None:
    settings.CHUNK_ROWS, settings.BATCH_TIME = 500, 60
    posts.delete_post(crowded.id)
    with CaptureQueriesContext(connections["comments"]) as queries:
        consumer.catch_up()
    assert len(queries) < MANY / 10
    with CaptureQueriesContext(connections["moderation"]) as queries:
        moderation.catch_up()
    assert len(queries) < MANY / 10


def test_a_catch_up_whose_time_is_over_has_more_to_do(crowded: Post) -> None:
    posts.delete_post(crowded.id)
    consumer.catch_up(seconds=1e-6)
    progress = consumer.catch_up(seconds=-1)
    assert progress.more
    assert not consumer.catch_up().more


def test_a_chunk_that_keeps_failing_parks_its_event_and_a_retry_does_the_rest(
    crowded: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = set(Comment.objects.values_list("id", flat=True))
    posts.delete_post(crowded.id)
    real, sizes = consumer.chunks["PostDeleted"], []

    def fail(event: Any, limit: int) -> bool:
        sizes.append(limit)
        if len(sizes) > 3:
            raise ValueError("a bug of ours")
        return real(event, limit)

    with monkeypatch.context() as patch:
        patch.setitem(consumer.chunks, "PostDeleted", fail)
        other = posts.create_post("Another", "A body")
        consumer.catch_up()
    assert KnownPost.objects.filter(post_id=other.id).exists()
    assert sizes[:5] == [CHUNK, CHUNK, CHUNK, CHUNK, CHUNK // 10]
    assert sizes[-5:] == [1] * 5
    parked = ParkedEvent.objects.get()
    assert (parked.type, parked.error) == ("PostDeleted", "ValueError: a bug of ours")
    assert not Continuation.objects.exists()
    assert Comment.objects.count() == MANY - 3 * CHUNK
    consumer.retry(crowded.id)
    assert_all_gone_once(ids)


def test_a_database_that_does_not_respond_parks_nothing(
    crowded: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = set(Comment.objects.values_list("id", flat=True))
    posts.delete_post(crowded.id)
    real, calls = consumer.chunks["PostDeleted"], []

    def fail(event: Any, limit: int) -> bool:
        calls.append(limit)
        if len(calls) > 3:
            raise OperationalError("no response")
        return real(event, limit)

    with monkeypatch.context() as patch:
        patch.setitem(consumer.chunks, "PostDeleted", fail)
        for _ in range(3):
            with pytest.raises(OperationalError):
                consumer.catch_up()
    assert not ParkedEvent.objects.exists()
    assert_all_gone_once(ids)


def test_a_post_that_is_created_anew_meanwhile_keeps_its_new_comments(
    client: Client, crowded: Post
) -> None:
    """As by a second import: with the same id."""
    ids = set(Comment.objects.values_list("id", flat=True))
    posts.delete_post(crowded.id)
    refused, of_post = [], f"/api/posts/{crowded.id}/comments/"

    def create_anew() -> None:
        if not Post.objects.exists():
            posts.create_post("Anew", "A body", post_id=crowded.id)
        elif Comment.objects.exists():
            refused.append(send(client, "POST", of_post, {"content": "Early"}).status_code)

    with after_each_append(create_anew):
        consumer.catch_up()
    assert set(refused) == {404}
    assert send(client, "POST", of_post, {"content": "Hello"}).status_code == 201
    settle()
    assert set(deleted()) == ids
    assert Comment.objects.get().content == "Hello"
    assert not ParkedEvent.objects.exists()


def test_many_posts_with_few_comments_each_need_no_chunks_of_their_own(
    post: Post, settings: LazySettings
) -> None:
    settings.BATCH_TIME = 60
    many = [posts.create_post(f"Post {n}", "A body").id for n in range(30)]
    settle()
    for post_id in many:
        comments.create_comment(post_id, "Ann", "A kind word")
    for post_id in many:
        posts.delete_post(post_id)
    with CaptureQueriesContext(connections["comments"]) as queries:
        consumer.catch_up()
    assert not Continuation.objects.exists()
    assert sum("COMMIT" in query["sql"] for query in queries) <= 6
    settle()
    assert len(deleted()) == 30


def test_moderation_keeps_a_comment_that_is_created_again_right_after_its_deletion(
    post: Post,
) -> None:
    """As by a second import; all three events come in one batch, or in two."""
    comment = comments.create_comment(post.id, "Ann", "A kind word")
    settle()
    comments.delete_comment(comment.id)
    comments.create_comment(post.id, "Ann", "Another word", comment_id=comment.id)
    moderation.catch_up()
    assert Review.objects.get().content == "Another word"
    comments.delete_comment(comment.id)
    moderation.catch_up()
    assert not Review.objects.exists()
    again = comments.create_comment(post.id, "Ann", "Once more")
    comments.delete_comment(again.id)
    moderation.catch_up()
    assert not Review.objects.exists()
