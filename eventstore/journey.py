"""A journey: every event of one correlation, and what each service did about it, and when.

The log has the events, with the time when each was published and the time when it was appended.
When a consumer handled an event is not kept for each; it is measured as the time at which its batch
ended, from the consumer's waypoints, which know the newest events one by one. For older ones, it is
derived from what the handler published. Of consumers of other processes, whose tables this one does
not open, it is known in the second way alone.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from django.conf import settings
from django.db.models import QuerySet

from eventstore.consumer import Consumer, consumers
from eventstore.contracts import UNREADABLE
from eventstore.models import Event, Subscription
from eventstore.parking import ParkedEvent, State
from eventstore.tracing import read
from eventstore.waypoints import KEPT_EVENTS

MAX_EVENTS = 200  # at a time
MAX_OTHERS = 20  # further correlations about the same subject
MAX_SUBJECT_EVENTS = 200  # that these are looked for in
DECISION = ("status", "reason", "decided_by")


class JourneyNotFound(LookupError):
    """No event has this id, is about this post or comment, or has this correlation id."""


class Did(StrEnum):
    """What a service did about an event."""

    PUBLISHED = "published"
    HANDLED = "handled"
    IN_CHUNKS = "handled in part"
    RETRYING = "to be retried"
    PARKED = "parked"
    WAITING = "waiting behind a parked event"
    DISCARDED = "discarded"
    NOT_YET = "not handled yet"
    UNKNOWN = "not known here"


STUCK = (Did.PARKED, Did.RETRYING, Did.WAITING)
OPEN = (*STUCK, Did.NOT_YET, Did.IN_CHUNKS)


class Known(StrEnum):
    """How a time is known."""

    MEASURED = "measured"
    DERIVED = "derived"
    UNKNOWN = "unknown"


@dataclass
class Hop:
    """One service and one event: it published the event, or handled it and ``published`` others.
    ``since`` is when it could begin, ``at`` when it was done, or set aside."""

    service: str
    did: Did
    event: Event
    since: datetime
    at: datetime | None = None
    known: Known = Known.UNKNOWN
    attempts: int = 0  # that failed
    error: str = ""
    published: list[Event] = field(default_factory=list)

    @property
    def took(self) -> timedelta | None:
        return self.at - self.since if self.at else None

    @property
    def is_stuck(self) -> bool:
        return self.did in STUCK

    @property
    def order(self) -> tuple[bool, datetime, int, bool]:
        is_last = self.at is None and self.did in OPEN
        is_first = self.did != Did.PUBLISHED
        return is_last, self.at or self.since, self.event.position, is_first


class Other(NamedTuple):
    """Another correlation about the same subject: its first event."""

    correlation_id: str
    event_id: UUID
    type: str
    time: datetime


@dataclass
class Journey:
    """``events`` are those after a position, in order; ``next`` is the position after which the
    rest is, if there is more. ``begun`` is the first event of all. ``lanes`` are the services, in
    their order."""

    correlation_id: str
    begun: Event
    events: list[Event]
    hops: list[Hop]
    next: int | None
    others: list[Other]

    @property
    def lanes(self) -> list[str]:
        there = {hop.service for hop in self.hops}
        known = [name for name in settings.ALL_SERVICES if name in there]
        return known + sorted(there - set(known))

    @property
    def trace_ids(self) -> list[str]:
        traces = (read(*event.trace_context) for event in self.events)
        return list(dict.fromkeys(trace.trace_id for trace in traces if trace))

    @property
    def is_part(self) -> bool:
        return self.next is not None or self.events[:1] != [self.begun]

    @property
    def is_open(self) -> bool:
        """Whether something is to come."""
        return any(hop.did in OPEN for hop in self.hops)

    @property
    def stuck(self) -> list[Hop]:
        """Those that wait for a person."""
        return [hop for hop in self.hops if hop.is_stuck]

    @property
    def took(self) -> timedelta | None:
        """From the first event to the last time that is known; None while something is to come, or
        may be, and of a part."""
        may_come = any(hop.did == Did.UNKNOWN for hop in self.hops)
        if self.is_part or self.is_open or may_come:
            return None
        return max(hop.at or hop.since for hop in self.hops) - self.begun.time

    def after(self, moment: datetime) -> timedelta:
        """Since its beginning."""
        return moment - self.begun.time


def find(key: str, after: int = 0, limit: int = MAX_EVENTS) -> Journey:
    """The journey of an event, by its id; of a post or comment, by its id: the one in which it was
    created; or of a correlation id. At most ``limit`` events after the position ``after``. Raises
    JourneyNotFound."""
    correlation_id = _correlation_of(key.strip())
    of_it = Event.objects.filter(correlation_id=correlation_id)
    found = list(of_it.filter(position__gt=after).order_by("position")[: limit + 1])
    begun = (of_it.order_by("position").first() if after or not found else found[0]) or None
    if begun is None:
        raise JourneyNotFound(key)
    events, is_more = found[:limit], len(found) > limit
    return Journey(
        correlation_id=correlation_id,
        begun=begun,
        events=events,
        hops=sorted(_hops(events), key=lambda hop: hop.order),
        next=events[-1].position if is_more else None,
        others=_others(begun.subject, correlation_id),
    )


def event_of(key: str) -> Event | None:
    """The event with this id, or at this position."""
    if key.isdecimal():
        return Event.objects.filter(position=int(key[:19])).first()
    event_id = as_uuid(key)
    return Event.objects.filter(id=event_id).first() if event_id else None


def decision_of(event: Event) -> dict[str, Any]:
    """What the event's data have of a decision: ``status``, ``reason``, ``decided_by``."""
    try:
        data = msgspec.json.decode(event.data, type=dict[str, Any])
    except UNREADABLE:
        return {}
    return {name: data[name] for name in DECISION if isinstance(data.get(name), str)}


def in_words(took: timedelta) -> str:
    """With as many digits as matter."""
    seconds = took.total_seconds()
    if abs(seconds) < 10:
        return f"{seconds * 1000:,.0f} ms"
    if abs(seconds) < 600:
        return f"{seconds:,.1f} s"
    return str(timedelta(seconds=round(seconds)))


def as_uuid(key: str) -> UUID | None:
    try:
        return UUID(key)
    except ValueError:
        return None


# --- The correlation


def _correlation_of(key: str) -> str:
    """Ids first: anybody may send a request with any correlation id."""
    if event_id := as_uuid(key):
        for which in ({"id": event_id}, {"subject": event_id}):
            found = Event.objects.filter(**which).order_by("position")
            if correlation_id := found.values_list("correlation_id", flat=True).first():
                return correlation_id
    return key


def _others(subject: UUID, correlation_id: str) -> list[Other]:
    rows = Event.objects.filter(subject=subject).order_by("position")
    names = ("correlation_id", "id", "type", "time")
    first = dict[str, Other]()
    for row in rows.values_list(*names)[:MAX_SUBJECT_EVENTS]:
        first.setdefault(row[0], Other(*row))
    first.pop(correlation_id, None)
    return list(first.values())[:MAX_OTHERS]


# --- What each service did


def _hops(events: Sequence[Event]) -> list[Hop]:
    caused: dict[tuple[UUID | None, str], list[Event]] = defaultdict(list)
    for event in events:
        caused[event.causation_id, event.source].append(event)
    hops = list[Hop]()
    here = consumers()
    for consumer in here.values():
        hops += _handled_here(consumer, events, caused)
    for subscription in Subscription.objects.exclude(consumer__in=list(here)):
        types = set(subscription.types)
        for event in events:
            published = caused[event.id, subscription.consumer]
            if event.type in types or published:
                hops.append(_derived(subscription.consumer, event, published))
    explained = {event.id for hop in hops for event in hop.published}
    for event in events:
        if event.id not in explained:
            hops.append(_published(event))
    return hops


def _published(event: Event) -> Hop:
    """By a request, or by work that nobody knows here."""
    known = Known.MEASURED if event.appended_at else Known.UNKNOWN
    return Hop(event.source, Did.PUBLISHED, event, event.time, event.appended_at, known)


def _derived(service: str, event: Event, published: list[Event]) -> Hop:
    """As far as the log alone shows it."""
    since = event.appended_at or event.time
    hop = Hop(service, Did.UNKNOWN, event, since, published=published)
    if published:
        hop.did, hop.known = Did.HANDLED, Known.DERIVED
        hop.at = max(each.time for each in published)
    return hop


def _handled_here(
    consumer: Consumer,
    events: Sequence[Event],
    caused: dict[tuple[UUID | None, str], list[Event]],
) -> Iterable[Hop]:
    """What a consumer of this process did, from its service's tables."""
    wanted = {event.id: event for event in events if event.type in consumer.handlers}
    if not wanted:
        return
    reached = consumer.position()
    parked = {row.event_id: row for row in _parked(consumer, wanted)}
    in_chunks = consumer.open.of(wanted)
    kept = max(reached - KEPT_EVENTS, 0)
    times = consumer.trail.reached(
        {
            event.id: event.position
            for event in wanted.values()
            if kept < event.position <= reached and event.id not in parked
        }
    )
    for event in wanted.values():
        hop = _derived(consumer.name, event, caused[event.id, consumer.name])
        if row := parked.get(event.id):
            _set_aside(hop, row)
        elif event.position > reached:
            hop.did, hop.at = Did.NOT_YET, None
        else:
            hop.did = Did.IN_CHUNKS if event.id in in_chunks else Did.HANDLED
            if time := times.get(event.id):
                hop.at, hop.attempts, hop.known = time.at, time.failed, Known.MEASURED
        yield hop


def _parked(consumer: Consumer, events: Iterable[UUID]) -> QuerySet[ParkedEvent]:
    return consumer.parking.rows(*State).filter(event_id__in=list(events)).defer("traceback")


def _set_aside(hop: Hop, row: ParkedEvent) -> None:
    states = {State.WAITING: Did.WAITING, State.DISCARDED: Did.DISCARDED, State.PARKED: Did.PARKED}
    hop.did = Did.RETRYING if row.retry_at else states[State(row.state)]
    hop.at, hop.known = row.parked_at, Known.MEASURED
    hop.attempts, hop.error = row.attempts, row.error
    if hop.did == Did.DISCARDED:
        hop.error = f"by {row.discarded_by}: {row.reason}. {row.error}"
