"""Append to the log and read from it.

Positions are given out under the lock on the one Head row, taken as the last thing before
insert and commit. So they become visible in order and without gaps: who has read up to N
has read everything up to N. (Auto-increment ids become visible out of order.)
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from eventstore.contracts import CONTRACTS
from eventstore.models import Event, Head
from eventstore.rows import INSERT_ROWS
from eventstore.signals import events_appended

ALIAS = "eventstore"


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


def append(read: Callable[[], Sequence[NewEvent]]) -> dict[UUID, int]:
    """Append what ``read`` returns, and say the position of each event by its id.

    ``read`` is called under the lock, so that one append carries what others wrote while it
    waited. An event whose id is in the log already is not appended again; its old position
    is returned. After the commit ``events_appended`` is sent; a receiver that fails is logged.
    """
    with transaction.atomic(using=ALIAS):
        head = _lock_head()
        events = read()
        positions = _positions_of([event.id for event in events])
        new = {event.id: event for event in events if event.id not in positions}
        rows = [
            Event(position=position, **event._asdict())
            for position, event in enumerate(new.values(), start=head.position + 1)
        ]
        if rows:
            Event.objects.bulk_create(rows, batch_size=INSERT_ROWS)
            Head.objects.filter(pk=head.pk).update(position=rows[-1].position)
    if rows:
        events_appended.send_robust(
            sender=Event,
            first=rows[0].position,
            last=rows[-1].position,
            types={row.type for row in rows},
        )
    return positions | {row.id: row.position for row in rows}


def head_position() -> int:
    """The position of the last event; 0 for an empty log."""
    return Head.objects.values_list("position", flat=True).first() or 0


def read_after(
    position: int, types: Iterable[str], limit: int, upto: int | None = None
) -> list[Event]:
    """At most ``limit`` events of these types behind ``position``, and not behind ``upto``, in
    order. An event of a type that no contract knows is for everyone: nobody can tell that they may
    leave it out."""
    events = Event.objects.filter(_wanted(types), position__gt=position)
    return list((events if upto is None else events.filter(position__lte=upto))[:limit])


def read(positions: Iterable[int]) -> dict[int, Event]:
    """The events at these positions."""
    return Event.objects.in_bulk(list(positions))


def scan(after: int, upto: int, types: Iterable[str], chunk: int = 5_000) -> Iterator[list[Stored]]:
    """The events of these types in ``after < position <= upto``, in lists of at most ``chunk``.
    Each list is read by its own query: the memory needed does not grow with the log."""
    events = Event.objects.filter(_wanted(types)).values_list(*Stored._fields)
    while after < upto:
        rows = list(events.filter(position__gt=after, position__lte=upto)[:chunk])
        if not rows:
            return
        yield [Stored(*row) for row in rows]
        after = rows[-1][0]


def is_silent(after: int, upto: int, types: Iterable[str]) -> bool:
    """Whether the log has come to ``upto`` without an event of these types behind ``after``."""
    events = Event.objects.filter(_wanted(types), position__gt=after, position__lte=upto)
    return head_position() >= upto and not events.exists()


def about(subject: UUID) -> list[Event]:
    """Every event about one post or comment, in order."""
    return list(Event.objects.filter(subject=subject))


def position_of(event_id: UUID) -> int | None:
    """Where this event stands in the log, if it is there."""
    return _positions_of([event_id]).get(event_id)


def position_at(moment: datetime) -> int:
    """The position of the last event that was said up to ``moment``; 0 where there is none."""
    said = Event.objects.filter(time__lte=moment).order_by("-position")
    return said.values_list("position", flat=True).first() or 0


def waiting(position: int, types: Iterable[str]) -> tuple[int, datetime | None]:
    """How many events of these types stand behind ``position``, and when the first was said."""
    events = Event.objects.filter(_wanted(types), position__gt=position)
    return events.count(), events.values_list("time", flat=True).first()


def now() -> datetime:
    return timezone.now()


def _wanted(types: Iterable[str]) -> Q:
    return Q(type__in=list(types)) | ~Q(type__in=list(CONTRACTS))


def _lock_head() -> Head:
    try:
        return Head.objects.select_for_update().get(pk=1)
    except Head.DoesNotExist:
        Head.objects.get_or_create(pk=1)
        return Head.objects.select_for_update().get(pk=1)


def _positions_of(ids: Sequence[UUID]) -> dict[UUID, int]:
    return dict(Event.objects.filter(id__in=ids).values_list("id", "position"))
