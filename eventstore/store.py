"""The log of all events: append to it, and read from it.

Positions are assigned under the lock on the one ``Head`` row, taken as the last thing before
insert and commit. So they become visible in order and without gaps: whoever has read up to N
has read everything up to N. (Auto-increment ids become visible out of order.)
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.dispatch import Signal

from eventstore.contracts import CONTRACTS
from eventstore.models import Event, Head
from eventstore.rows import INSERT_ROWS

ALIAS = "eventstore"

events_appended = Signal()
"""Sent in the process that appended, after the commit, with ``first`` and ``last``, the positions
appended, and ``types``, the set of their types."""


class NewEvent(NamedTuple):
    """An event on its way to the log, without its position."""

    id: UUID
    type: str
    source: str
    subject: UUID
    time: datetime
    data: str
    correlation_id: str
    causation_id: UUID | None


class Stored(NamedTuple):
    """What a projection needs of a stored event: ``data`` is JSON text."""

    position: int
    id: UUID
    type: str
    subject: UUID
    data: str


class LockedHead:
    """The right to append: the lock on ``Head``, held until the transaction ends."""

    def __init__(self) -> None:
        self._head = _lock_head()
        self.appended: list[Event] = []

    def append(self, events: Sequence[NewEvent]) -> dict[UUID, int]:
        """Append ``events``; returns the position of each by its id. An event whose id is in the
        log already is not appended again: its old position is returned."""
        positions = _positions_of([event.id for event in events])
        new = {event.id: event for event in events if event.id not in positions}
        rows = [
            Event(position=position, **event._asdict())
            for position, event in enumerate(new.values(), start=self._head.position + 1)
        ]
        if rows:
            Event.objects.bulk_create(rows, batch_size=INSERT_ROWS)
            self._head.position = rows[-1].position
            Head.objects.filter(pk=self._head.pk).update(position=self._head.position)
            self.appended += rows
        return positions | {row.id: row.position for row in rows}


@contextmanager
def locked_head() -> Iterator[LockedHead]:
    """A transaction of the event store with the lock on ``Head``. After its commit, if anything
    was appended, ``events_appended`` is sent; a receiver that fails is logged."""
    with transaction.atomic(using=ALIAS):
        head = LockedHead()
        yield head
    if rows := head.appended:
        positions = {"first": rows[0].position, "last": rows[-1].position}
        events_appended.send_robust(Event, **positions, types={row.type for row in rows})


def append(events: Sequence[NewEvent]) -> dict[UUID, int]:
    """Append ``events`` in a transaction of their own; see ``LockedHead.append``."""
    with locked_head() as head:
        return head.append(events)


def head_position() -> int:
    """The position of the last event; 0 for an empty log."""
    return Head.objects.values_list("position", flat=True).first() or 0


def read_after(
    position: int, types: Iterable[str], limit: int, upto: int | None = None
) -> list[Event]:
    """At most ``limit`` events of these types in ``position < p <= upto``, in order. An event of
    a type that no contract defines is returned to every consumer: none can know that it may skip
    it."""
    events = Event.objects.filter(_of_types(types), position__gt=position)
    return list((events if upto is None else events.filter(position__lte=upto))[:limit])


def read(positions: Iterable[int]) -> dict[int, Event]:
    """The events at these positions."""
    return Event.objects.in_bulk(list(positions))


def scan(after: int, upto: int, types: Iterable[str], chunk: int = 5_000) -> Iterator[list[Stored]]:
    """The events of these types in ``after < position <= upto``, in lists of at most ``chunk``.
    Each list is read by its own query: the memory needed does not grow with the log."""
    events = Event.objects.filter(_of_types(types)).values_list(*Stored._fields)
    while after < upto:
        rows = list(events.filter(position__gt=after, position__lte=upto)[:chunk])
        if not rows:
            return
        yield [Stored(*row) for row in rows]
        after = rows[-1][0]


def is_silent(after: int, upto: int, types: Iterable[str]) -> bool:
    """Whether the log has reached ``upto`` without an event of these types after ``after``."""
    events = Event.objects.filter(_of_types(types), position__gt=after, position__lte=upto)
    return head_position() >= upto and not events.exists()


def about(subject: UUID) -> list[Event]:
    """Every event about one post or comment, in order."""
    return list(Event.objects.filter(subject=subject))


def position_of(event_id: UUID) -> int | None:
    """The position of this event, if it is in the log."""
    return _positions_of([event_id]).get(event_id)


def position_at(moment: datetime) -> int:
    """The position of the last event published up to ``moment``; 0 if there is none."""
    published = Event.objects.filter(time__lte=moment).order_by("-position")
    return published.values_list("position", flat=True).first() or 0


def backlog(position: int, types: Iterable[str]) -> tuple[int, datetime | None]:
    """How many events of these types are after ``position``, and the time of the first."""
    events = Event.objects.filter(_of_types(types), position__gt=position)
    return events.count(), events.values_list("time", flat=True).first()


def _of_types(types: Iterable[str]) -> Q:
    return Q(type__in=list(types)) | ~Q(type__in=list(CONTRACTS))


def _lock_head() -> Head:
    return Head.objects.select_for_update().get_or_create(pk=1)[0]


def _positions_of(ids: Sequence[UUID]) -> dict[UUID, int]:
    return dict(Event.objects.filter(id__in=ids).values_list("id", "position"))
