"""A consumer: the events that a service subscribes to, and how far it has handled them.

Live delivery, catching up after downtime and bringing a new service online are the one path
``Consumer.catch_up``: batch by batch, each batch one transaction of the consumer's database, around
what fails and what hangs.
"""

import logging
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.db import models, router, transaction
from django.utils import timezone

from eventstore import correlation, limits, store
from eventstore.contracts import BadEvent, Contract, decode
from eventstore.limits import RetryState, Watchdog
from eventstore.models import Event
from eventstore.outages import is_outage
from eventstore.outbox import outboxes
from eventstore.parking import ParkedEvent, Parking, State, ordering_key
from eventstore.rows import Delete, Fold, Returned

__all__ = ["Checkpoint", "Consumer", "Delete", "Lag", "NotParked", "Progress", "consumers"]

log = logging.getLogger(__name__)

MAX_LOG_LINES = 20  # for the events of a batch; more have one line together

Handler = TypeVar("Handler", bound=Callable[[Any], Returned])
_registry: dict[str, "Consumer"] = {}


class NotParked(LookupError):
    """Nothing is parked at this position (any more)."""


class Progress(NamedTuple):
    """What a catch-up did: events handled, the position reached, whether more is waiting."""

    handled: int
    position: int
    more: bool


class Lag(NamedTuple):
    """How far a consumer is behind the log: ``events`` that it subscribes to wait after
    ``position``, the oldest of them for ``seconds``."""

    position: int
    events: int
    seconds: float


class Checkpoint(models.Model):
    """How far a consumer has come. Committed together with what its handlers wrote, so that
    every event takes effect once."""

    consumer = models.CharField(max_length=64, primary_key=True)
    position = models.BigIntegerField(default=0)
    handled = models.BigIntegerField(default=0)  # events that took effect; not by a rebuild
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.consumer} at {self.position}"


@dataclass
class Consumer:
    """``name`` is the service's, and its queue's; ``checkpoint`` and ``parked`` are the service's
    own tables. A service declares its consumer in ``models.py`` and its handlers in
    ``handlers.py``."""

    name: str
    checkpoint: type[Checkpoint]
    parked: type[ParkedEvent]
    handlers: dict[str, Callable[[Any], Returned]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _registry[self.name] = self

    def handles(self, *contracts: type[Contract]) -> Callable[[Handler], Handler]:
        """Call the decorated function with each event of these types. It may write with the ORM,
        publish, or return rows (a model instance, ``Delete``, or several): these are upserted in
        bulk at the end of the batch, so the handlers of that batch do not see them."""

        def register(handler: Handler) -> Handler:
            self.handlers.update((contract.__name__, handler) for contract in contracts)
            return handler

        return register

    # --- Catching up

    def catch_up(
        self, seconds: float = float("inf"), upto: int | None = None, batch: int | None = None
    ) -> Progress:
        """Handle what is stored and not handled yet, in order, each event once, a batch a
        transaction. Returns at the end of the log, or at the position ``upto``; or after
        ``seconds`` with ``more`` set. A batch is at most ``CONSUMER_BATCH`` events, or ``batch``.

        A batch that fails is rolled back, and what comes before the event that fails or hangs is
        handled without it. Then that event is tried alone, a few times more, and parked; what
        belongs to the same post waits behind it. A database that does not respond is no event's
        fault: its error is raised."""
        until = time.monotonic() + seconds
        handled, position = 0, self.position()
        largest = batch or int(settings.CONSUMER_BATCH)
        crashed_at, crashes = limits.crashes_of(self.name)
        retry = RetryState(crashed_at, crashes) if crashed_at > position else None
        size = 1 if retry else largest
        while (head := store.head_position()) != position:
            if position > head:
                position = self._step_back()
                continue
            if upto is not None and position >= upto:
                break
            # Not amid retries: the next task would not know that this event has failed already.
            if time.monotonic() > until and retry is None:
                return Progress(handled, position, more=True)
            if retry and retry.crashes >= limits.MAX_CRASHES and self._is_next(position, retry):
                error = limits.ProcessCrashed(f"{retry.crashes} processes died at this event")
                position = self._park_next(position, error, retry.crashes)
                limits.forget_crashes()
                retry, size = None, largest
                continue
            watchdog = Watchdog(self.name, settings.HANDLER_TIME_LIMIT)
            try:
                count, position = self._handle_batch(size, watchdog, upto)
            except Exception as failure:
                if is_outage(failure) or isinstance(failure, SoftTimeLimitExceeded):
                    raise
                retry = retry or RetryState()
                if size > 1:
                    size = retry.narrow(size, watchdog)
                elif retry.is_hopeless():
                    position = self._park_next(position, failure, retry.tries)
                    retry = None
                else:
                    retry.pause()
            else:
                handled += count
                if retry and position < retry.position:
                    size = 1
                    continue
                if retry and retry.crashes:
                    limits.forget_crashes()
                retry, size = None, min(size * 2, largest)
        return Progress(handled, position, more=False)

    def _handle_batch(self, size: int, watchdog: Watchdog, upto: int | None) -> tuple[int, int]:
        """Handle at most ``size`` events up to ``upto``, and no more than a part of the time limit
        takes; returns how many, and the position reached."""
        until = time.monotonic() + settings.BATCH_TIME
        with transaction.atomic(using=self.alias):
            checkpoint = self.lock()
            # Read before the events: what is appended in between is for the next batch.
            head = store.head_position()
            end = head if upto is None else min(head, upto)
            events = store.read_after(checkpoint.position, self.handlers, size, upto)
            is_last = len(events) < size
            fold, waiting, blocked = Fold(), [], self.parking.blocked()
            with watchdog.over_handlers():
                for done, event in enumerate(events):
                    if done and time.monotonic() > until:
                        events, is_last = events[:done], False
                        break
                    watchdog.begin(event.position)
                    if blocked and ordering_key(event) in blocked:
                        waiting.append(event)
                    else:
                        fold.add(self.handle(event))
            fold.write(self.alias)
            rows = [self.parked.of(self.name, event, State.WAITING) for event in waiting]
            self.parked._default_manager.bulk_create(rows)
            last = events[-1].position if events else checkpoint.position
            # If nothing more matches, skip to the end: no rescan of other services' events.
            checkpoint.position = max(last, end) if is_last else last
            handled = len(events) - len(waiting)
            checkpoint.handled += handled
            checkpoint.save()
        self._log_handled(events)
        return handled, checkpoint.position

    def handle(self, event: Event) -> Returned:
        """Call the handler. Raises BadEvent, and whatever the handler raises."""
        contract = decode(event.type, event.data)
        with correlation.scope(event.correlation_id, event.id, self.name):
            return self.handlers[event.type](contract)

    def lock(self) -> Checkpoint:
        """The checkpoint, locked until the transaction ends: no event is handled meanwhile."""
        rows = self.checkpoint._default_manager.select_for_update()
        return rows.get_or_create(consumer=self.name)[0]

    def _is_next(self, position: int, retry: RetryState) -> bool:
        following = store.read_after(position, self.handlers, 1)
        return [event.position for event in following] == [retry.position]

    def _park_next(self, position: int, error: Exception, tries: int) -> int:
        """Park the event after ``position``, which failed alone; returns the position reached."""
        with transaction.atomic(using=self.alias):
            checkpoint = self.lock()
            if checkpoint.position == position:  # else another worker came past it
                [event] = store.read_after(position, self.handlers, 1)
                self.parked.of(self.name, event, State.PARKED).failed(error, tries).save()
                checkpoint.position = event.position
                checkpoint.save()
                log.error("%s parked the event at %s: %r", self.name, event.position, error)
        return checkpoint.position

    def _step_back(self) -> int:
        """The log ends before what is handled: it was restored to an earlier state. What it still
        has is handled; what comes next gets positions anew, and must not be skipped."""
        with transaction.atomic(using=self.alias):
            checkpoint = self.lock()
            head = store.head_position()
            if checkpoint.position > head:
                log.error(
                    "%s had come to position %s, and the event store ends at %s: it was restored "
                    "to an earlier state. What was published since is lost to it; %s continues "
                    "from its end",
                    self.name,
                    checkpoint.position,
                    head,
                    self.name,
                )
                self.parking.rows(*State).filter(position__gt=head).delete()
                checkpoint.position = head
                checkpoint.save()
        return checkpoint.position

    def _log_handled(self, events: Sequence[Event]) -> None:
        """Each line carries the correlation id of the request that its event goes back to."""
        if len(events) > MAX_LOG_LINES:
            first, last = events[0].position, events[-1].position
            log.info("%s came past %d events, %d to %d", self.name, len(events), first, last)
            return
        for event in events:
            about = {"consumer": self.name, "type": event.type, "position": event.position}
            with correlation.scope(event.correlation_id, event.id, self.name):
                extra = {**about, "event_id": str(event.id)}
                log.info("%s came past %s at %d", *about.values(), extra=extra)

    # --- Parked events

    def retry(self, key: UUID) -> int:
        """Handle again what is parked of one post, oldest first, each event in a transaction of its
        own, and then what waits behind it; stop at one that fails again. Returns how many were
        handled."""
        handled = 0
        while self._retry_oldest(key):
            handled += 1
        return handled

    def discard(self, position: int, *, by: str, reason: str) -> int:
        """Skip the parked event at ``position`` for good: by whom and why is kept. What waits
        behind it is handled; returns how many of these. Raises NotParked."""
        with transaction.atomic(using=self.alias):
            self.lock()
            row = self.parking.rows(State.PARKED).filter(position=position).first()
            if row is None:
                raise NotParked(position)
            row.state, row.discarded_by, row.reason = State.DISCARDED, by, reason
            row.save()
        return self.retry(row.key)

    def _retry_oldest(self, key: UUID) -> bool:
        with transaction.atomic(using=self.alias):
            checkpoint = self.lock()
            row = self.parking.first(key)
            if row is None:
                return False
            try:
                with transaction.atomic(using=self.alias):
                    fold = Fold()
                    fold.add(self.handle(Event.objects.get(position=row.position)))
                    fold.write(self.alias)
            except Exception as error:
                if is_outage(error):
                    raise
                row.failed(error, 1).save()
                return False
            row.delete()
            checkpoint.handled += 1
            checkpoint.save()  # at a new time: what is known of the old one is out of date
        return True

    # --- What it has done, and what the log holds for it

    def position(self) -> int:
        """The position up to which everything is handled, or parked."""
        rows = self.checkpoint._default_manager.filter(consumer=self.name)
        return rows.values_list("position", flat=True).first() or 0

    def handled(self) -> int:
        """How many events took effect, ever."""
        rows = self.checkpoint._default_manager.filter(consumer=self.name)
        return rows.values_list("handled", flat=True).first() or 0

    def lag(self) -> Lag:
        """How far it is behind the log."""
        position = self.position()
        events, since = store.backlog(position, self.handlers)
        return Lag(position, events, (timezone.now() - since).total_seconds() if since else 0.0)

    def has_come_to(self, position: int) -> bool:
        """Whether all that it subscribes to, up to ``position``, is handled. Other events move its
        own position with the next event only, or the next sweep: it is not woken for them."""
        mine = self.position()
        return mine >= position or store.is_silent(mine, position, self.handlers)

    def events_about(self, subject: UUID) -> list[Contract]:
        """The events about one post or comment that this consumer subscribes to, in order, whether
        it has handled them or not; without those that cannot be read, which are parked in turn."""
        found = []
        for event in store.about(subject):
            if event.type in self.handlers:
                with suppress(BadEvent):
                    found.append(decode(event.type, event.data))
        return found

    def published_about(self, subject: UUID) -> list[Contract]:
        """What the consumer's own service has published about it, in order: that is more than it
        remembers if its database was lost."""
        own = (event for event in store.about(subject) if event.source == self.name)
        return [decode(event.type, event.data) for event in own]

    @property
    def alias(self) -> str:
        return router.db_for_write(self.checkpoint)

    @property
    def parking(self) -> Parking:
        return Parking(self.name, self.parked)

    @property
    def publishes(self) -> bool:
        """It has an outbox, so handling an event again could publish something again."""
        app = self.checkpoint._meta.app_label
        return any(outbox._meta.app_label == app for outbox in outboxes())


def consumers() -> dict[str, Consumer]:
    """The consumers of the services in this process, by name."""
    return dict(_registry)
