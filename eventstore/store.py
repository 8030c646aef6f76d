"""The log of all events: append to it, and read from it.

Positions are assigned under the lock on the one ``Head`` row, taken as the last thing before
insert and commit. So they become visible in order and without gaps: whoever has read up to N
has read everything up to N. (Auto-increment ids become visible out of order.)
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
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

    def __init__(self, head: Head) -> None:
        self._head = head
        self.appended: list[Event] = []

    def append(self, events: Iterable[NewEvent]) -> dict[UUID, int]:
        """Append ``events``; returns the position of each by its id. An event whose id is in the
        log already is not appended again: its old position is returned."""
        given = {event.id: event for event in events}
        positions = dict(Event.objects.filter(id__in=given).values_list("id", "position"))
        new = [event for id_, event in given.items() if id_ not in positions]
        rows = [
            Event(position=position, **event._asdict())
            for position, event in enumerate(new, start=self._head.position + 1)
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
        head = LockedHead(_lock_head())
        yield head
    if rows := head.appended:
        ends = {"first": rows[0].position, "last": rows[-1].position}
        events_appended.send_robust(Event, **ends, types={row.type for row in rows})


def append(events: Iterable[NewEvent]) -> dict[UUID, int]:
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
    return list(_after(position, types, upto)[:limit])


def scan(after: int, upto: int, types: Iterable[str], chunk: int = 5_000) -> Iterator[list[Stored]]:
    """The events of these types in ``after < position <= upto``, in lists of at most ``chunk``.
    Each list is read by its own query: the memory needed does not grow with the log."""
    while after < upto:
        rows = list(_after(after, types, upto).values_list(*Stored._fields)[:chunk])
        if not rows:
            return
        yield [Stored(*row) for row in rows]
        after = rows[-1][0]


def is_silent(after: int, upto: int, types: Iterable[str]) -> bool:
    """Whether the log has reached ``upto`` without an event of these types after ``after``."""
    return head_position() >= upto and not _after(after, types, upto).exists()


def about(subject: UUID) -> list[Event]:
    """Every event about one post or comment, in order."""
    return list(Event.objects.filter(subject=subject))


def position_of(event_id: UUID) -> int | None:
    """The position of this event, if it is in the log."""
    return Event.objects.filter(id=event_id).values_list("position", flat=True).first()


def position_at(moment: datetime) -> int:
    """The position of the last event published up to ``moment``; 0 if there is none."""
    published = Event.objects.filter(time__lte=moment).order_by("-position")
    return published.values_list("position", flat=True).first() or 0


def backlog(position: int, types: Iterable[str]) -> tuple[int, datetime | None]:
    """How many events of these types are after ``position``, and the time of the first."""
    events = _after(position, types)
    return events.count(), events.values_list("time", flat=True).first()


def _after(position: int, types: Iterable[str], upto: int | None = None) -> QuerySet[Event]:
    wanted = Q(type__in=list(types)) | ~Q(type__in=list(CONTRACTS))
    events = Event.objects.filter(wanted, position__gt=position)
    return events if upto is None else events.filter(position__lte=upto)


def _lock_head() -> Head:
    return Head.objects.select_for_update().get_or_create(pk=1)[0]
