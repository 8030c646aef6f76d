"""A consumer catches up: each event takes effect once, together with the checkpoint."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from django.conf import LazySettings
from django.db import OperationalError, connections
from django.test.utils import CaptureQueriesContext

from eventstore import rows, store
from eventstore.consumer import Consumer, Delete
from eventstore.contracts import PostCreated, PostDeleted, PostUpdated
from eventstore.limits import RETRY_DELAYS_SECONDS
from query.models import Checkpoint, ParkedEvent, PostView
from tests.eventstore.logs import NOON, append, new_event, own_consumer, post_created, said

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")


@pytest.fixture
def consumer() -> Iterator[Consumer]:
    with own_consumer(Checkpoint, ParkedEvent) as consumer:
        yield consumer


def view(event: PostCreated | PostUpdated) -> PostView:
    return PostView(id=event.post_id, title=event.title, body=event.body, created_at=NOON)


def titles() -> list[str]:
    return sorted(PostView.objects.values_list("title", flat=True))


def test_all_that_is_stored_is_handled_in_order_and_once(
    consumer: Consumer, settings: LazySettings
) -> None:
    settings.CONSUMER_BATCH = 3
    heard: list[str] = []
    consumer.handles(PostCreated)(lambda event: heard.append(event.title))
    said(*(post_created(str(n)) for n in range(8)))
    assert consumer.catch_up() == (8, 8, False)
    assert heard == list("01234567")
    assert consumer.catch_up() == (0, 8, False)
    said(post_created("8"))
    assert consumer.catch_up() == (1, 9, False)
    assert heard == list("012345678")


def test_returned_rows_are_folded_and_the_last_of_each_key_wins(consumer: Consumer) -> None:
    consumer.handles(PostCreated, PostUpdated)(view)
    consumer.handles(PostDeleted)(lambda event: Delete(PostView, event.post_id))
    gone, changed, back = uuid4(), uuid4(), uuid4()
    said(*(post_created("first", post_id) for post_id in (gone, changed, back)))
    consumer.catch_up()
    said(
        PostDeleted(post_id=back),
        PostUpdated(post_id=changed, title="second", body="", created_at=NOON),
        PostDeleted(post_id=gone),
        PostUpdated(post_id=changed, title="third", body="", created_at=NOON),
        post_created("back", back),
    )
    with CaptureQueriesContext(connections["query"]) as queries:
        consumer.catch_up()
    assert titles() == ["back", "third"]
    writes = [q for q in queries if PostView._meta.db_table in q["sql"]]
    assert len(writes) == 2  # one statement deletes, one upserts


def test_a_handler_may_return_several_rows_of_several_kinds(consumer: Consumer) -> None:
    @consumer.handles(PostCreated)
    def twice(event: PostCreated) -> list[rows.Row]:
        return [view(event), PostView(id=uuid4(), title="copy", created_at=NOON)]

    said(post_created("original"))
    consumer.catch_up()
    assert titles() == ["copy", "original"]


def test_rows_and_checkpoint_commit_together(
    consumer: Consumer, monkeypatch: pytest.MonkeyPatch
) -> None:
    consumer.handles(PostCreated)(view)
    said(post_created("one"))
    with monkeypatch.context() as patch:
        patch.setattr(Checkpoint, "save", _fail)
        with pytest.raises(OperationalError):
            consumer.catch_up()
    assert (titles(), consumer.position()) == ([], 0)
    with monkeypatch.context() as patch:
        patch.setattr(rows, "upsert", _fail)
        with pytest.raises(OperationalError):
            consumer.catch_up()
    assert (titles(), consumer.position()) == ([], 0)
    assert consumer.catch_up() == (1, 1, False)
    assert titles() == ["one"]


@pytest.mark.parametrize("bad", range(7))
def test_a_batch_halves_around_an_event_that_fails_and_parks_it_alone(
    consumer: Consumer, settings: LazySettings, bad: int
) -> None:
    settings.RETRY_SCALE = 0
    tried: list[str] = []

    @consumer.handles(PostCreated)
    def careful(event: PostCreated) -> PostView:
        tried.append(event.title)
        if event.title == str(bad):
            raise ValueError("cannot")
        return view(event)

    said(*(post_created(str(n)) for n in range(7)))
    assert consumer.catch_up() == (6, 7, False)
    assert titles() == [str(n) for n in range(7) if n != bad]
    [parked] = ParkedEvent.objects.all()
    assert parked.position == bad + 1
    assert tried.count(str(bad)) > parked.attempts == 1 + len(RETRY_DELAYS_SECONDS)


def test_where_nothing_matches_the_position_skips_to_the_head(consumer: Consumer) -> None:
    consumer.handles(PostDeleted)(lambda event: None)
    said(*(post_created() for _ in range(5)), PostDeleted(post_id=uuid4()), post_created())
    assert consumer.catch_up() == (1, 7, False)
    with CaptureQueriesContext(connections["eventstore"]) as queries:
        assert consumer.catch_up() == (0, 7, False)
    assert len(queries) == 1  # it looked at the head, not at the log


def test_what_is_appended_while_a_batch_is_read_is_not_skipped(
    consumer: Consumer, monkeypatch: pytest.MonkeyPatch
) -> None:
    consumer.handles(PostDeleted)(lambda event: None)
    append(new_event())
    real = store.read_after

    def read_after(*arguments: Any) -> list[Any]:
        events = real(*arguments)
        if store.head_position() == 1:
            said(PostDeleted(post_id=uuid4()))
        return events

    monkeypatch.setattr(store, "read_after", read_after)
    assert consumer.catch_up() == (1, 2, False)


def test_a_long_way_is_gone_in_slices(consumer: Consumer, settings: LazySettings) -> None:
    settings.CONSUMER_BATCH = 1
    consumer.handles(PostCreated)(view)
    said(post_created("one"), post_created("two"))
    assert consumer.catch_up(seconds=-1) == (0, 0, True)
    assert consumer.catch_up() == (2, 2, False)


@pytest.mark.parametrize("batch", [None, 1, 3])
def test_a_way_is_gone_as_far_as_it_shall_be(consumer: Consumer, batch: int | None) -> None:
    consumer.handles(PostCreated)(view)
    said(*(post_created(str(n)) for n in range(5)), PostDeleted(post_id=uuid4()))
    for upto, progress in ((2, (2, 2)), (1, (0, 2)), (4, (2, 4)), (99, (1, 6))):
        assert consumer.catch_up(upto=upto, batch=batch) == (*progress, False)
    assert titles() == list("01234")


def _fail(*_: Any, **__: Any) -> None:
    raise OperationalError("no answer")
