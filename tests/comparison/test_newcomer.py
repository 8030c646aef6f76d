"""What a copy of others' tables misses, and what the stored events do not. In one process, so that
every write comes at its moment; on every kind of database."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from comments import services as comments
from comments.models import Comment
from comparison.history.differing import Difference, difference
from comparison.history.facts import facts
from comparison.history.orders import Fact
from comparison.history.way import Others, Way
from eventstore import store
from posts import services as posts
from query.handlers import consumer
from query.models import Checkpoint, CommentView, PostView
from tests.comparison.inprocess import BLOG, COPIES, EVENTS, WATCHED, InProcess, take
from tests.comparison.inprocess import past as past
from tests.comparison.inprocess import staff as staff
from tests.histories import settle

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")


@pytest.mark.parametrize("way", [*COPIES.values(), *EVENTS.values()], ids=lambda way: way.name)
def test_every_way_ends_with_the_same_rows(past: Others, way: Way) -> None:
    assert difference().missing == len(BLOG) + sum(len(post.comments) for post in BLOG)

    take(way, past)

    assert difference() == Difference()
    assert CommentView.objects.exclude(content="").filter(status="rejected").exists()
    # The services' own rows are one reading of the blog; this is the blog itself.
    assert sorted(PostView.objects.values_list("id", "title", "body", "author", "created_at")) == (
        sorted((post.id, post.title, post.body, post.author, post.created_at) for post in BLOG)
    )


@pytest.mark.parametrize("way", COPIES.values(), ids=COPIES)
def test_tables_and_lists_come_in_pages(
    past: Others, way: Way, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("comparison.history.direct.AT_A_TIME", 4)
    monkeypatch.setattr("comparison.history.asking.POSTS", 4)
    monkeypatch.setattr("comparison.history.requests_batched.POSTS", 4)

    take(way, past)

    assert difference() == Difference()


def test_what_is_written_behind_the_copys_back_is_lost_to_it(past: Others) -> None:
    meanwhile(past, write)
    take(COPIES["requests-per-post"], past)

    listen_from(store.head_position())
    comments.create_comment(WATCHED.id, "Gil", "said after the copy")
    consumer.catch_up()

    assert difference() == Difference(missing=1, stale=1, ghosts=1)


def test_it_is_not_lost_to_who_listened_before(past: Others) -> None:
    meanwhile(past, write)
    listen_from(store.head_position())

    take(COPIES["requests-per-post"], past)
    assert difference() == Difference(missing=1, stale=1, ghosts=1)
    consumer.catch_up()

    assert difference() == Difference()


@pytest.mark.parametrize("way", EVENTS.values(), ids=EVENTS)
def test_who_reads_the_stored_events_loses_nothing(
    past: Others, way: Way, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody writes while the events are read."""
    monkeypatch.setattr(store, "read_after", writing_after(store.read_after))
    monkeypatch.setattr(store, "scan", writing_after(store.scan))

    take(way, past)
    consumer.catch_up()

    assert difference() == Difference()
    assert PostView.objects.filter(title="Another title").exists()


def test_a_copy_of_the_tables_does_not_say_what_has_happened(past: Others) -> None:
    before = {fact.type: fact.said for fact in facts()}
    write()
    settle()
    for model in (PostView, CommentView):
        model._default_manager.all().delete()
    take(COPIES["direct"], past)

    found = {fact.type: fact for fact in facts()}

    assert found["PostUpdated"] == Fact(type="PostUpdated", said=1, in_copy=1)
    created = before["PostCreated"]
    assert found["PostCreated"] == Fact(type="PostCreated", said=created, in_copy=created - 1)
    assert found["CommentDeleted"] == Fact(type="CommentDeleted", said=1, in_copy=0)
    decided = found["CommentModerated"]
    assert decided.said == before["CommentModerated"] + 1
    assert decided.in_copy == 0
    # Of a comment that was decided upon, nothing says any more that it was pending.
    pending = Comment.objects.filter(status="pending").count()
    assert found["CommentCreated"].in_copy == pending
    assert found["CommentUpdated"].in_copy == Comment.objects.exclude(status="pending").count()


def write() -> None:
    """One comment is added, one post edited, one comment deleted."""
    comments.create_comment(WATCHED.id, "Gil", "said meanwhile")
    posts.update_post(WATCHED.id, title="Another title")
    comments.delete_comment(WATCHED.comments[0].id)


def meanwhile(past: Others, write: Callable[[], None]) -> None:
    """Once all posts were given, and the comments of the one that is written to."""
    assert isinstance(past.calls, InProcess)
    past.calls.then = write


def writing_after(read: Callable[..., Any]) -> Callable[..., Any]:
    """``read``, and then somebody writes, the first time."""
    todo: Iterator[Callable[[], None]] = iter([write])

    def reading(*args: Any, **options: Any) -> Any:
        found = list(read(*args, **options))
        for each in todo:
            each()
        return found

    return reading


def listen_from(position: int) -> None:
    Checkpoint.objects.update_or_create(consumer=consumer.name, defaults={"position": position})
