"""Statements made once: what goes in comes out as the ORM has it, and there are few of them."""

from contextlib import ExitStack, suppress
from datetime import timedelta, timezone
from uuid import uuid4

import pytest
from django.db import IntegrityError, connections, transaction
from django.test.utils import CaptureQueriesContext

from comments.models import Comment, KnownPost
from comments.services import create_comment
from eventstore import nudges, store
from eventstore.models import Event, Head
from eventstore.outages import database_of
from eventstore.statements import COPY_ROWS, brief, table
from posts.models import Outbox, Post
from tests.eventstore.events import NOON, all_workers_seen, append, new_event

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")

SIZES = [1, COPY_ROWS, 250]  # each is inserted in another way on some database


@pytest.mark.parametrize("size", SIZES)
def test_what_is_inserted_is_read_by_the_orm_and_what_is_selected_is_what_it_reads(
    size: int,
) -> None:
    events = [
        new_event(data='{"a":"ä😀\\\\ \\t%s \\n"}', causation_id=uuid4(), time=NOON + timedelta(n))
        for n in range(size)
    ]
    table(Outbox).insert(store.NewEvent._fields, events)
    by_orm = list(Outbox.objects.order_by("sequence").values_list(*store.NewEvent._fields))
    selected = table(Outbox).select(store.NewEvent._fields, "ORDER BY sequence")
    assert by_orm == [tuple(row) for row in selected] == [tuple(event) for event in events]


@pytest.mark.parametrize("size", SIZES)
def test_of_known_and_new_events_the_new_are_appended_without_a_gap(size: int) -> None:
    known, new = new_event(), [new_event() for _ in range(size)]
    append(known)
    positions = append(*new[1:], known, *new[:1])
    assert sorted(positions.values()) == list(range(1, size + 2))
    assert positions[known.id] == 1
    assert append(*new, known) == positions
    assert list(Event.objects.values_list("position", flat=True)) == list(range(1, size + 2))
    assert Head.objects.get().position == size + 1


def test_one_event_is_appended_by_one_statement_or_under_the_lock() -> None:
    event, other = new_event(), new_event()
    if connections["eventstore"].vendor != "postgresql":
        assert store.append_if_free(event) is None
        return
    assert store.append_if_free(event) is None  # the head is not there yet
    append(other)
    assert store.append_if_free(event) == 2
    assert store.append_if_free(event) is None  # it is known
    with store.locked_head():
        assert store.append_if_free(new_event()) is None
    assert append(event, other) == {event.id: 2, other.id: 1}
    assert list(store.read_after(1, ["PostCreated"], 10)) == store.about(event.subject)
    assert Head.objects.get().position == 2


def test_an_event_is_appended_under_the_lock_while_another_process_has_it() -> None:
    """Another connection of this process, as that of another thread."""
    if connections["eventstore"].vendor != "postgresql":
        pytest.skip("on PostgreSQL only")
    append(new_event())
    other = connections["eventstore"].copy()
    try:
        other.set_autocommit(False)
        with other.cursor() as cursor:
            cursor.execute("SELECT 1 FROM eventstore_head FOR UPDATE")
        assert store.append_if_free(new_event()) is None
        other.rollback()
        assert store.append_if_free(new_event()) == 2
    finally:
        other.close()


def test_a_position_that_is_taken_is_an_error_and_no_event_is_left_out() -> None:
    append(new_event())
    Head.objects.update(position=0)
    with pytest.raises(IntegrityError):
        append(new_event())


def test_a_saved_row_is_no_new_one_and_can_be_changed() -> None:
    comment = Comment(post_id=uuid4(), author="Ann", content="100 %s")
    table(Comment).save(comment)
    comment.content = "Changed"
    comment.save()
    assert Comment.objects.get().content == "Changed"


def test_only_a_deletion_that_may_be_lost_does_not_wait_for_the_disk() -> None:
    if connections["posts"].vendor != "postgresql":
        pytest.skip("on PostgreSQL only")
    events = [new_event() for _ in range(3)]
    table(Outbox).insert(store.NewEvent._fields, events)
    one, two, three = Outbox.objects.order_by("sequence").values_list("sequence", flat=True)
    with CaptureQueriesContext(connections["posts"]) as captured:
        table(Outbox).delete([one], may_be_lost=True)
        table(Outbox).delete([two])
        with transaction.atomic(using="posts"):
            table(Outbox).delete([three], may_be_lost=True)  # its transaction waits
        with connections["posts"].cursor() as cursor:
            cursor.execute("SHOW synchronous_commit")
            assert cursor.fetchone() == ("on",)
    assert not Outbox.objects.exists()
    waits = [
        "synchronous_commit = off" not in each["sql"]
        for each in captured
        if "DELETE" in each["sql"]
    ]
    assert waits == [False, True, True]


def test_a_row_is_locked_by_its_key() -> None:
    post_id = uuid4()
    with transaction.atomic(using="comments"):
        assert table(KnownPost).lock(post_id, ("post_id",)) is None
        KnownPost.objects.create(post_id=post_id)
        assert list(table(KnownPost).lock(post_id, ("post_id",))) == [post_id]


def test_a_brief_transaction_is_rolled_back_by_an_error_and_with_the_one_around_it() -> None:
    with suppress(ZeroDivisionError), brief("posts"):
        table(Outbox).insert(store.NewEvent._fields, [new_event()])
        raise ZeroDivisionError
    with suppress(ZeroDivisionError), transaction.atomic(using="posts"):
        with brief("posts"):
            table(Outbox).insert(store.NewEvent._fields, [new_event()])
        raise ZeroDivisionError
    assert not connections["posts"].in_atomic_block
    assert not Outbox.objects.exists()


def test_in_a_brief_transaction_there_may_be_others_and_hooks_run_after_its_commit() -> None:
    inside: list[bool] = []
    with brief("posts"):
        table(Outbox).insert(store.NewEvent._fields, [new_event()])
        with suppress(ZeroDivisionError), transaction.atomic(using="posts"):
            Outbox.objects.all().delete()
            raise ZeroDivisionError
        posts = connections["posts"]
        transaction.on_commit(lambda: inside.append(posts.in_atomic_block), using="posts")
        assert inside == []
    assert inside == [False]
    assert Outbox.objects.count() == 1


def test_an_error_names_its_database_and_the_next_statement_works() -> None:
    post_id = uuid4()
    table(KnownPost).insert(("post_id",), [(post_id,)])
    with pytest.raises(IntegrityError) as raised:
        table(KnownPost).insert(("post_id",), [(post_id,)])
    assert database_of(raised.value) == "comments"
    assert [list(row) for row in table(KnownPost).select(("post_id",), "")] == [[post_id]]


def test_times_of_other_zones_are_kept_as_moments() -> None:
    event = new_event(time=NOON.astimezone(timezone(timedelta(hours=2))))
    table(Outbox).insert(store.NewEvent._fields, [event])
    assert Outbox.objects.get().time == NOON


def test_where_nobody_is_to_be_woken_the_thread_that_does_it_is_left_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(nudges, "_sender", None)
    nudges.wake([])


def test_a_comment_takes_few_statements(post: Post) -> None:
    all_workers_seen()
    create_comment(post.id, "Ann", "The first learns of the post, and wakes the consumers")
    with ExitStack() as stack:
        captured = {
            alias: stack.enter_context(CaptureQueriesContext(connections[alias]))
            for alias in ("comments", "eventstore")
        }
        create_comment(post.id, "Ann", "Hello")
    statements = {alias: len(queries) for alias, queries in captured.items()}
    # BEGIN, post, comment, outbox, COMMIT; what waits, its deletion
    # BEGIN, head, event, head, COMMIT; who is to be woken. MariaDB looks for known ids before, and
    # PostgreSQL has one statement for all but the last.
    of_store = {"sqlite": 6, "postgresql": 2, "mysql": 7}[connections["eventstore"].vendor]
    assert statements == {"comments": 7, "eventstore": of_store}
