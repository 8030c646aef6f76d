"""The log of all events: append to it, and read from it.

Positions are assigned under the lock on the one ``Head`` row, taken as the last thing before
insert and commit. So they become visible in order and without gaps: whoever has read up to N
has read everything up to N. (Auto-increment ids become visible out of order.)
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from django.db import IntegrityError, connections
from django.db.models import Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.dispatch import Signal
from django.utils import timezone

from eventstore.contracts import CONTRACTS
from eventstore.garbage import uncollected
from eventstore.models import Event, Head
from eventstore.statements import brief, connection_of, table
from eventstore.tracing import TraceContext

ALIAS = "eventstore"

OF_PROJECTIONS = ("position", "id", "type", "subject", "data", "version")

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
    version: int = 1
    traceparent: str | None = None
    tracestate: str | None = None


APPENDED = (*NewEvent._fields, "position", "appended_at")
"""The fields of an event in the log."""


IF_FREE = f"""
WITH free AS (
    SELECT id FROM eventstore_head
    WHERE id = 1 AND NOT EXISTS (SELECT FROM eventstore_event WHERE id = %s)
    FOR UPDATE SKIP LOCKED
), moved AS (
    UPDATE eventstore_head AS head SET position = head.position + 1
    FROM free WHERE head.id = free.id RETURNING head.position
)
INSERT INTO eventstore_event ({", ".join(NewEvent._fields)}, appended_at, position)
SELECT {", ".join(["%s"] * len(NewEvent._fields))}, %s, moved.position FROM moved
RETURNING position
"""  # noqa: S608


class Stored(NamedTuple):
    """What a consumer needs of a stored event: ``data`` is JSON text, in the shape of this
    ``version`` of the event's contract. What comes after ``version`` no projection needs."""

    position: int
    id: UUID
    type: str
    subject: UUID
    data: str
    version: int = 1
    correlation_id: str = ""
    traceparent: str | None = None
    tracestate: str | None = None

    @property
    def trace_context(self) -> TraceContext:
        return self.traceparent, self.tracestate


class LockedHead:
    """The right to append: the lock on ``Head``, held until the transaction ends."""

    def __init__(self, position: int) -> None:
        self._before = self._position = position
        self._types: set[str] = set()

    @property
    def position(self) -> int:
        """Of the last event."""
        return self._position

    def append(self, events: Iterable[NewEvent]) -> dict[UUID, int]:
        """Append ``events``; returns the position of each by its id. An event whose id is in the
        log already is not appended again: its old position is returned."""
        given = {event.id: event for event in events}
        new = list(given.values())
        # Hardly any is known: where the insert itself finds out, nothing looks for them before.
        if table(Event).leaves_out(len(new)) and self._insert(new, unless_known="id"):
            return self._appended(new)
        positions = dict(table(Event).find("id", list(given), ("id", "position")))
        new = [event for event in new if event.id not in positions]
        self._insert(new)
        return positions | self._appended(new)

    def send(self) -> None:
        """After the commit: ``events_appended``, if anything was."""
        if self._types:
            ends = {"first": self._before + 1, "last": self._position}
            events_appended.send_robust(Event, **ends, types=self._types)

    def _insert(self, new: list[NewEvent], unless_known: str = "") -> bool:
        """Insert all and move the head; with ``unless_known``, all or nothing."""
        if not new:
            return True
        now, first = timezone.now(), self._position + 1
        rows = [(*event, position, now) for position, event in enumerate(new, start=first)]
        if table(Event).insert(APPENDED, rows, unless_known) == len(rows):
            _move_head(first + len(rows) - 1)
            return True
        # What is left out would leave gaps.
        Event.objects.filter(position__gte=first).delete()
        return False

    def _appended(self, new: list[NewEvent]) -> dict[UUID, int]:
        positions = {
            event.id: position for position, event in enumerate(new, start=self._position + 1)
        }
        self._position += len(new)
        self._types.update(event.type for event in new)
        return positions


@contextmanager
def locked_head() -> Iterator[LockedHead]:
    """A transaction of the event store with the lock on ``Head``. After its commit, if anything
    was appended, ``events_appended`` is sent; a receiver that fails is logged."""
    with brief(ALIAS):
        head = LockedHead(_lock_head())
        yield head
    head.send()


def append(events: Iterable[NewEvent]) -> dict[UUID, int]:
    """Append ``events`` in a transaction of their own; see ``LockedHead.append``."""
    given = list(events)
    if len(given) == 1 and (position := append_if_free(given[0])):
        return {given[0].id: position}
    with locked_head() as head:
        return head.append(given)


def appends_if_free() -> bool:
    """Whether ``append_if_free`` may succeed: on PostgreSQL, outside a transaction."""
    is_able = table(Event).vendor == "postgresql"
    return is_able and not connection_of(ALIAS).in_atomic_block


def append_if_free(event: NewEvent) -> int | None:
    """Append one event in one statement, instead of five for a transaction, if nobody has the lock
    on ``Head``. Returns its position; None if it has to be appended under the lock, or is in the
    log already."""
    if not appends_if_free():
        return None
    try:
        with connections[ALIAS].cursor() as cursor:
            cursor.execute(IF_FREE, [event.id, *event, timezone.now()])
            row = cursor.fetchone()
    except IntegrityError:  # a neighbour has just appended it
        return None
    if row is None:
        return None
    position = int(row[0])
    events_appended.send_robust(Event, first=position, last=position, types={event.type})
    return position


def head_position() -> int:
    """The position of the last event; 0 for an empty log."""
    return Head.objects.values_list("position", flat=True).first() or 0


def head_and_id_at(position: int) -> tuple[int, UUID | None]:
    """The position of the last event, and the id of the one at ``position``, if there is one."""
    here = Subquery(Event.objects.filter(position=position).values("id"))
    return Head.objects.values_list("position", here).first() or (0, None)


def read_after(
    position: int, types: Iterable[str], limit: int, upto: int | None = None
) -> list[Event]:
    """At most ``limit`` events of these types in ``position < p <= upto``, in order. An event of
    a type that no contract defines is returned to every consumer: none can know that it may skip
    it."""
    return list(_after(position, types, upto)[:limit])


def read_from(
    position: int, types: Iterable[str], limit: int, upto: int | None = None
) -> tuple[UUID | None, list[Stored]]:
    """The id of the event at ``position``, None if there is none; and what ``read_after`` returns.
    One query: the log cannot be replaced in between."""
    events = Event.objects.filter(_wanted(types) | Q(position=position), position__gte=position)
    if upto is not None:
        events = events.filter(position__lte=upto)
    found = _stored(events[: limit + 1], Stored._fields)
    here = found.pop(0).id if found and found[0].position == position else None
    return here, found[:limit]


def scan(after: int, upto: int, types: Iterable[str], chunk: int = 5_000) -> Iterator[list[Stored]]:
    """The events of these types in ``after < position <= upto``, a list for each ``chunk`` of
    positions that has some. Each list is read by its own query: the memory needed does not grow
    with the log. (With a limit of rows instead, a PostgreSQL that has no statistics yet, as after
    an import, would sort the rest of the log for each list.)"""
    for start in range(after, upto, chunk):
        if events := _stored(_after(start, types, min(start + chunk, upto)), OF_PROJECTIONS):
            yield events


def scan_all(
    after: int, upto: int, types: Sequence[str] = (), chunk: int = 2_000
) -> Iterator[list[tuple[int, NewEvent]]]:
    """Every event in ``after < position <= upto``, or those of these types, with its position: in
    order, in lists of at most ``chunk``. Each list is of so many positions, read by its own query:
    with a limit alone PostgreSQL, where it has no statistics yet, sorts all that is left."""
    of_types = f" AND type IN ({', '.join(['%s'] * len(types))})" if types else ""
    rest = f"WHERE position > %s AND position <= %s{of_types} ORDER BY position"
    names = ("position", *NewEvent._fields)
    for start in range(after, upto, chunk):
        with uncollected():
            end = min(start + chunk, upto)
            rows = table(Event).select(names, rest, [start, end, *types])
            events = [(row[0], NewEvent(*row[1:])) for row in rows]
        if events:
            yield events


def states(after: int, upto: int, types: Iterable[str]) -> list[tuple[int, str, str, int]]:
    """Position, type, data and version of the events of these types in ``after < position <=
    upto``: half the time of ``scan``, which has ids as well."""
    return _rows(_after(after, types, upto), ("position", "type", "data", "version"))


def is_silent(after: int, upto: int, types: Iterable[str]) -> bool:
    """Whether the log has reached ``upto`` without an event of these types after ``after``."""
    return head_position() >= upto and not has_any(after, upto, types)


def has_any(after: int, upto: int, types: Iterable[str]) -> bool:
    """Whether one of these events is in ``after < position <= upto``."""
    return _after(after, types, upto).exists()


def about(subject: UUID) -> list[Event]:
    """Every event about one post or comment, in order."""
    return list(Event.objects.filter(subject=subject))


def position_of(event_id: UUID) -> int | None:
    """The position of this event, if it is in the log."""
    return Event.objects.filter(id=event_id).values_list("position", flat=True).first()


def ids_at(positions: Iterable[int]) -> dict[int, UUID]:
    """The ids of the events at these positions, as far as the log has them."""
    found = Event.objects.filter(position__in=positions)
    return dict(found.order_by().values_list("position", "id"))


def position_at(moment: datetime) -> int:
    """The position of the last event published up to ``moment``; 0 if there is none."""
    published = Event.objects.filter(time__lte=moment).order_by("-position")
    return published.values_list("position", flat=True).first() or 0


def first_position_since(moment: datetime) -> int:
    """The position of the first event appended at ``moment`` or later, the next one's if there is
    none: one look at a key for each bit of the last position. (An event that is older than the
    column counts with the time when it was published.)"""
    appended_at = Coalesce("appended_at", "time")

    def is_later(position: int) -> bool:
        at = Event.objects.filter(position=position).values_list(appended_at, flat=True).first()
        return at is not None and at >= moment

    return bisect_left(range(1, head_position() + 1), True, key=is_later) + 1


def backlog(position: int, types: Iterable[str]) -> tuple[int, datetime | None]:
    """How many events of these types are after ``position``, and the time of the first."""
    events = _after(position, types)
    return events.count(), events.values_list("time", flat=True).first()


@uncollected()
def _stored(events: QuerySet[Event], names: Sequence[str]) -> list[Stored]:
    """The first attributes of each, without an instance of the model, nor a call for each column:
    in a third of the time."""
    return msgspec.convert(_rows(events, names), list[Stored])


def _rows(events: QuerySet[Event], names: Sequence[str]) -> list[Any]:
    """As the driver has them."""
    sql, params = events.values_list(*names).query.get_compiler(ALIAS).as_sql()
    with connections[ALIAS].cursor() as cursor:
        cursor.execute(sql, params)
        return list(cursor.fetchall())


def _after(position: int, types: Iterable[str], upto: int | None = None) -> QuerySet[Event]:
    events = Event.objects.filter(_wanted(types), position__gt=position)
    return events if upto is None else events.filter(position__lte=upto)


def _wanted(types: Iterable[str]) -> Q:
    """Of these types, or of one that no contract defines."""
    return ~Q(type__in=list(CONTRACTS.keys() - types))


def _lock_head() -> int:
    """The position of the last event. Until the transaction ends, nobody else appends."""
    if found := table(Head).lock(1, ("position",)):
        return int(found[0])
    return Head.objects.select_for_update().get_or_create(pk=1)[0].position


def _move_head(position: int) -> None:
    table(Head).update(1, "position", position)
