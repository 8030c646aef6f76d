"""The log: consecutive positions, each event once, whole appends or none."""

import logging
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError, transaction
from django.test import Client

from comments.models import Comment
from comments.services import create_comment
from eventstore import store
from eventstore.consumer import consumers
from eventstore.models import Event, Head
from eventstore.store import events_appended, head_position
from posts.models import Post
from posts.services import create_post
from query.models import ParkedEvent, PostView
from tests.eventstore.events import append, new_event
from tests.histories import settle

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")


@pytest.fixture
def signals() -> Iterator[list[tuple[int, int]]]:
    """Of each signal: first and last position."""
    received = []

    def receive(first: int, last: int, **_: Any) -> None:
        received.append((first, last))

    events_appended.connect(receive)
    yield received
    events_appended.disconnect(receive)


def test_positions_are_consecutive_over_appends() -> None:
    events = [new_event() for _ in range(5)]
    positions = append(*events[:2]) | append() | append(*events[2:])
    assert [positions[event.id] for event in events] == [1, 2, 3, 4, 5]
    assert store.head_position() == 5


def test_what_was_appended_is_read_back_exactly() -> None:
    cause, subject = uuid4(), uuid4()
    event = new_event(data='{"a":"ä😀\\u0000"}', subject=subject, causation_id=cause)
    append(event)
    [stored] = store.read_after(0, ["PostCreated"], 10)
    assert store.NewEvent(*(getattr(stored, name) for name in event._fields)) == event
    assert store.about(subject) == [stored]
    assert store.position_of(event.id) == 1
    assert store.position_of(uuid4()) is None


def test_a_repeated_id_keeps_its_position_and_its_first_content(
    signals: list[tuple[int, int]],
) -> None:
    first, second = new_event(), new_event()
    append(first)
    again = append(first._replace(data="changed"), second, second)
    assert again == {first.id: 1, second.id: 2}
    assert append(first, second) == again
    assert Event.objects.get(id=first.id).data == "{}"
    assert signals == [(1, 1), (2, 2)]


def test_reading_is_after_a_position_of_the_wanted_types_in_order_and_bounded() -> None:
    append(*(new_event("PostCreated" if n % 2 else "PostDeleted") for n in range(1, 8)))
    assert [event.position for event in store.read_after(1, ["PostCreated"], 2)] == [3, 5]
    both = store.read_after(5, ["PostCreated", "PostDeleted"], 10)
    assert [event.position for event in both] == [6, 7]
    assert store.read_after(7, ["PostCreated"], 10) == []


def test_scanning_gives_all_in_lists_of_bounded_length() -> None:
    append(*(new_event() for _ in range(7)))
    lists = store.scan(1, 6, ["PostCreated"], chunk=2)
    assert [[event.position for event in part] for part in lists] == [[2, 3], [4, 5], [6]]


def test_scanning_leaves_out_other_types_but_not_those_that_no_contract_defines() -> None:
    types = ["PostDeleted"] * 4 + ["PostCreated", "Newer", "PostDeleted", "PostCreated"]
    append(*map(new_event, types))
    lists = store.scan(0, 8, {"PostCreated": None}, chunk=2)
    assert [[event.position for event in part] for part in lists] == [[5, 6], [8]]


def test_an_append_that_fails_leaves_no_gap_and_sends_no_signal(
    signals: list[tuple[int, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(store, "_move_head", _fail)
        with pytest.raises(OperationalError):
            append(new_event(), new_event())
    assert not Event.objects.exists()
    assert list(append(new_event()).values()) == [1]
    assert signals == [(1, 1)]


def test_the_signal_is_sent_after_the_commit(signals: list[tuple[int, int]]) -> None:
    outside = []

    def receive(**_: Any) -> None:
        outside.append(not transaction.get_connection("eventstore").in_atomic_block)

    events_appended.connect(receive)
    append(new_event(), new_event())
    events_appended.disconnect(receive)
    assert outside == [True]
    assert signals == [(1, 2)]


def test_a_receiver_that_fails_is_logged_and_the_append_stands(
    caplog: pytest.LogCaptureFixture,
) -> None:
    events_appended.connect(_fail)
    positions = append(new_event())
    events_appended.disconnect(_fail)
    assert list(positions.values()) == [1]
    assert "_fail" in caplog.text


def test_many_large_events_fit_into_one_append() -> None:
    large = "😀" * 20_000
    assert len(append(*(new_event(data=large) for _ in range(250)))) == 250


def _fail(*_: Any, **__: Any) -> None:
    raise OperationalError("no response")


# --- A restored event store: the log ends before what is handled


@pytest.fixture
def position(post: Post) -> int:
    """The log had come further, and ends there since its restoration."""
    kept = head_position()
    create_comment(post.id, "Ann", "Lost to the log")
    append(new_event(data="unreadable"))
    settle()
    assert ParkedEvent.objects.exists()
    Event.objects.filter(position__gt=kept).delete()
    Head.objects.update(position=kept)
    return kept


def test_the_terminal_reports_a_restored_event_store(
    position: int, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(CommandError, match="comments, moderation, query handled events that"):
        call_command("services")
    assert "where the log went back" in capsys.readouterr().out


def test_a_restored_event_store_is_logged_and_nothing_that_follows_is_skipped(
    position: int, post: Post, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    settle()
    errors = [record.message for record in caplog.records if record.levelno == logging.ERROR]
    assert len(errors) == 3
    assert all(f"ends at {position}: it was restored" in each for each in errors)
    assert {consumer.position() for consumer in consumers().values()} == {position}
    assert not ParkedEvent.objects.exists()

    create_post("Another", "A body")
    create_comment(post.id, "Ann", "New")
    settle()
    assert PostView.objects.count() == 2
    assert set(Comment.objects.values_list("content", "status")) == {
        ("Lost to the log", "approved"),
        ("New", "approved"),
    }
    shown = client.get(f"/api/query/posts/{post.id}/").json()["comments"]
    assert {comment["status"] for comment in shown} == {"approved"}
