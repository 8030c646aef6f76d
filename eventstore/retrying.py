"""Retrying: parked events that a person wants handled again, or that this version of the program
can read at last, and what waits behind those that are decided. It happens in the consumer's worker,
a transaction of bounded time at a time, so that new events go on meanwhile.
"""

import logging
import time
from dataclasses import dataclass, field
from uuid import UUID

from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.db import transaction

from eventstore import limits, telemetry
from eventstore.contracts import BadEvent, UnknownEvent, decode
from eventstore.limits import HandlerTimeout, Watchdog
from eventstore.models import Event
from eventstore.outages import is_outage
from eventstore.parking import ParkedEvent
from eventstore.rows import Fold
from eventstore.subscriber import Subscriber

log = logging.getLogger(__name__)

MOST_EVENTS = 500  # in one transaction


class EventLost(LookupError):
    """The log no longer has a parked event: it was restored to an earlier state. Such an event can
    only be discarded."""


@dataclass
class Retrying:
    """The parked events of ``subscriber`` that are due."""

    subscriber: Subscriber
    _unreadable: set[int] = field(default_factory=set)  # parked rows that this program cannot read

    def is_due(self) -> bool:
        """Whether there is something to do; what an earlier version could not read is marked."""
        parking = self.subscriber.parking
        if not parking.is_anything_undecided():
            return False
        return bool(parking.due_keys(1, self.subscriber.open.keys())) or self._recall()

    def work(self) -> int:
        """Handle what is due, oldest first, for a part of the time limit; returns how many. One
        that fails again is parked with its new error, and what waits behind it goes on waiting."""
        watchdog = Watchdog(self.subscriber.name, settings.HANDLER_TIME_LIMIT)
        crashed_at, crashes = limits.crashes_of(self.subscriber.name)
        hopeless = crashed_at if crashes >= limits.MAX_CRASHES else None
        try:
            handled, tried = self._handle_due(watchdog, hopeless)
        except HandlerTimeout as error:  # its connection may be in the midst of a statement
            self._park_again(watchdog.at or 0, error)
            return 0
        if crashed_at in tried:
            limits.forget_crashes()
        return handled

    def _handle_due(self, watchdog: Watchdog, hopeless: int | None) -> tuple[int, list[int]]:
        """How many were handled, and the positions of those that were tried."""
        subscriber, failed, handled = self.subscriber, set[UUID](), list[ParkedEvent]()
        until = time.monotonic() + settings.BATCH_TIME
        tried: list[int] = []
        with telemetry.batch(), transaction.atomic(using=subscriber.alias):
            checkpoint = subscriber.lock()
            rows = subscriber.parking.due(MOST_EVENTS, subscriber.open.keys())
            events = Event.objects.in_bulk([row.event_id for row in rows], field_name="id")
            for row in rows:
                if tried and time.monotonic() > until:
                    break
                if row.key in failed:
                    continue
                tried.append(row.position)
                try:
                    if row.position == hopeless:
                        raise limits.ProcessCrashed("processes died at this event, again")
                    self._handle_again(row, events.get(row.event_id), watchdog)
                except Exception as error:
                    interrupted = isinstance(error, SoftTimeLimitExceeded | HandlerTimeout)
                    if interrupted or is_outage(error):
                        raise
                    row.failed(error, 1).save()
                    failed.add(row.key)
                    log.error("%s cannot handle %s: %r", subscriber.name, row, error)
                else:
                    handled.append(row)
            pks = [row.pk for row in handled]
            subscriber.parked._default_manager.filter(pk__in=pks).delete()
            effective = [row.event_id for row in handled if row.type in subscriber.handlers]
            failed_before = {row.event_id: row.attempts for row in handled if row.attempts}
            # Saved at a new time: what is known of the old one is out of date.
            subscriber.advance(checkpoint, None, effective, failed_before)
        if handled:
            log.info("%s handled %d parked events", subscriber.name, len(handled))
        return len(handled), tried

    def _handle_again(self, row: ParkedEvent, event: Event | None, watchdog: Watchdog) -> None:
        with transaction.atomic(using=self.subscriber.alias), watchdog.over_handlers():
            watchdog.begin(row.position)
            if event is None:
                raise EventLost("the log no longer has this event: it can only be discarded")
            fold = Fold()
            fold.add(self.subscriber.handle(event))
            fold.write(self.subscriber.alias)

    def _park_again(self, position: int, error: Exception) -> None:
        with transaction.atomic(using=self.subscriber.alias):
            self.subscriber.lock()
            if row := self.subscriber.parking.at(position):
                row.failed(error, 1).save()

    def _recall(self) -> bool:
        """Mark what was parked since its type or version was unknown, and is known now."""
        unknown = self.subscriber.parking.unknown()
        ids = {pk: event_id for pk, event_id in unknown.items() if pk not in self._unreadable}
        some = dict(list(ids.items())[:MOST_EVENTS])
        events = Event.objects.in_bulk(some.values(), field_name="id")
        known = [pk for pk, event_id in some.items() if _is_known(events.get(event_id))]
        self._unreadable.update(some.keys() - known)
        self.subscriber.parking.mark(pk__in=known)
        return bool(known) or len(some) < len(ids)


def _is_known(event: Event | None) -> bool:
    """Whether this program can read it; one that is lost, or bad, its retry reports."""
    try:
        if event:
            decode(event.type, event.data, event.version)
    except UnknownEvent:
        return False
    except BadEvent:
        pass
    return True
