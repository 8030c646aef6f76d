"""A consumer: the events that a service subscribes to, and how far it has handled them.

Live delivery, catching up after downtime and bringing a new service online are the one path
``Consumer.catch_up``: batch by batch, each batch one transaction of the consumer's database, around
what fails and what hangs.
"""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.db import transaction

from eventstore import correlation, limits, store, telemetry
from eventstore.continuing import Continuing
from eventstore.contracts import BadEvent, decode
from eventstore.durability import repeatable
from eventstore.garbage import uncollected
from eventstore.limits import RetryState, Watchdog
from eventstore.outages import is_outage
from eventstore.parking import ParkedEvent, State, ordering_key
from eventstore.retrying import Retrying
from eventstore.rows import INSERT_ROWS, Delete, Fold, Upsert
from eventstore.store import Stored
from eventstore.subscriber import Checkpoint, Lag, LogWentBack, Subscriber
from eventstore.turns import Turns
from eventstore.waypoints import Place

__all__ = ["Checkpoint", "Consumer", "Delete", "Lag", "Progress", "Upsert", "consumers"]

log = logging.getLogger(__name__)

MAX_LOG_LINES = 20  # for the events of a batch; more have one line together
MAX_PASSED_OVER = 100  # events: see ``_may_pass_over``
MIN_READ_POSITIONS = 4_000
"""Of the log for a batch, whatever is in them. Without this bound, a PostgreSQL that has no
statistics yet, as after an import, sorts the rest of the log for each batch."""

_registry: dict[str, "Consumer"] = {}


class Progress(NamedTuple):
    """What a catch-up did: events handled, the position reached, whether more is waiting."""

    handled: int
    position: int
    more: bool


class Batch(NamedTuple):
    """What a batch did: events handled, the position reached, whether anything is parked or
    unfinished, and whether time cut it short."""

    handled: int
    position: int
    is_any_aside: bool
    is_cut: bool


@dataclass
class Consumer(Subscriber):
    """A service declares its consumer in ``models.py`` and its handlers in ``handlers.py``."""

    def __post_init__(self) -> None:
        _registry[self.name] = self
        self._continuing, self._retrying = Continuing(self), Retrying(self)

    # --- Catching up

    def catch_up(
        self,
        seconds: float = float("inf"),
        upto: int | None = None,
        batch: int | None = None,
        is_paused: Callable[[], bool] = lambda: False,
    ) -> Progress:
        """Handle what is stored and not handled yet, in order, each event once, a batch a
        transaction. Returns at the end of the log, or at the position ``upto``; or after
        ``seconds`` with ``more`` set. A batch is at most ``CONSUMER_BATCH`` events, or ``batch``.
        Before each batch, chunk and retry ``is_paused`` is called, and ends it where it stands.

        A batch that fails is rolled back, and what comes before the event that fails or hangs is
        handled without it. Then that event is tried alone, a few times more, and parked; what
        belongs to the same post waits behind it. A database that does not respond is no event's
        fault: its error is raised.

        In turn with new events, what earlier ones cause is done in chunks, and parked events that
        are to be retried are handled."""
        until = time.monotonic() + seconds
        handled, was_at_end = 0, False
        known_head: int | None
        position, known_head = self.position_and_head()
        largest = batch or int(settings.CONSUMER_BATCH)
        crashed_at, crashes = limits.crashes_of(self.name)
        retry = RetryState(crashed_at, crashes) if crashed_at > position else None
        size = 1 if retry else largest
        # Whether there is more to do than new events is looked up where it matters, once.
        is_due: bool | None = None
        in_turn, turns = False, Turns(self.alias)
        while True:
            head = store.head_position() if known_head is None else known_head
            known_head = None
            if position > head:
                position = self.step_back()
                retry, size = None, largest
                continue
            is_at_end = position == head or (upto is not None and position >= upto)
            if not is_at_end and was_at_end:
                is_at_end = self._may_pass_over(position, head)
            if is_at_end and is_due is None:
                is_due = self._is_work_due()
            if is_at_end and not is_due:
                break
            if is_paused():
                return Progress(handled, position, more=False)
            # Not amid retries: the next task would not know that this event has failed already.
            if time.monotonic() > until and retry is None:
                return Progress(handled, position, more=True)
            if is_due and retry is None and (is_at_end or in_turn):
                handled += self._continuing.work()
                if self._retrying.is_due():
                    handled += self._retrying.work()
                if self.publishes:  # so requests write to its database
                    turns.end()
                is_due, in_turn = self._is_work_due(), False
                continue
            if self.publishes:
                turns.may_end()
            in_turn = True
            if retry and retry.crashes >= limits.MAX_CRASHES and self._is_next(position, retry):
                error = limits.ProcessCrashed(f"{retry.crashes} processes died at this event")
                position = self._park_next(position, error, retry.crashes)
                limits.forget_crashes()
                retry, size = None, largest
                continue
            watchdog = Watchdog(self.name, settings.HANDLER_TIME_LIMIT)
            try:
                done = self._handle_batch(size, watchdog, head, upto)
                position = done.position
            except LogWentBack:
                position = self.step_back()
                retry, size = None, largest
            except Exception as failure:
                if is_outage(failure) or isinstance(failure, SoftTimeLimitExceeded):
                    raise
                retry = retry or RetryState()
                if size > 1:
                    size = retry.narrow(size, watchdog)
                elif retry.is_hopeless(failure):
                    position = self._park_next(position, failure, retry.tries)
                    retry = None
                else:
                    retry.pause()
            else:
                handled, was_at_end = handled + done.handled, position == head
                is_due = done.is_any_aside and self._is_work_due()
                if retry and position < retry.position:
                    size = 1
                    continue
                if retry and retry.crashes:
                    limits.forget_crashes()
                # What there is no time for is not read again and again.
                retry, size = None, max(done.handled, 1) if done.is_cut else min(size * 2, largest)
        return Progress(handled, position, more=False)

    def _is_work_due(self) -> bool:
        return self._continuing.is_open() or self._retrying.is_due()

    def _may_pass_over(self, position: int, head: int) -> bool:
        """Whether nothing has come since the last batch but a few events that it does not subscribe
        to, such as those that it published itself: its next event moves the checkpoint past them,
        or the next sweep. A transaction for these alone would be a fifth of a comment's statements.
        """
        return head - position <= MAX_PASSED_OVER and not store.has_any(
            position, head, self.handlers
        )

    @uncollected()
    def _handle_batch(self, size: int, watchdog: Watchdog, head: int, upto: int | None) -> Batch:
        """Handle at most ``size`` events up to ``upto``, and no more than a part of the time limit
        takes. ``head`` was read before: what is appended in between is for the next batch. What
        cannot be decoded is parked."""
        until = time.monotonic() + settings.BATCH_TIME
        with telemetry.batch(), repeatable(self.alias):
            checkpoint = self.lock()
            end = head if upto is None else min(head, upto)
            if (near := checkpoint.position + max(2 * size, MIN_READ_POSITIONS)) < end:
                end = upto = near
            here, events = store.read_from(checkpoint.position, self.handlers, size, upto)
            if checkpoint.event_position == checkpoint.position and here != checkpoint.event_id:
                raise LogWentBack
            is_last, is_cut = len(events) < size, False
            fold, aside, blocked = Fold(), [], self.parking.blocked()
            lost = self.trail.lost() if checkpoint.has_lost else set()
            unfinished = self.open.subjects()
            handled: list[UUID] = []
            with watchdog.over_handlers(), correlation.scopes():
                for done, event in enumerate(events):
                    if done and time.monotonic() > until:
                        events, is_last, is_cut = events[:done], False, True
                        break
                    watchdog.begin(event.position)
                    if lost and event.id in lost:
                        continue
                    if unfinished and event.subject in unfinished:
                        blocked.add(ordering_key(event))
                    if blocked and ordering_key(event) in blocked:
                        aside.append(self.parked.of(self.name, event, State.WAITING))
                        continue
                    try:
                        contract = decode(event.type, event.data, event.version)
                    except BadEvent as error:
                        row = self.parked.of(self.name, event, State.PARKED).failed(error, 1)
                        blocked.add(row.key)
                        aside.append(row)
                    else:
                        if event.type in self.readers:
                            fold.write(self.alias)
                            fold = Fold()
                        fold.add(self.call(event, contract))
                        handled.append(event.id)
                        if event.type in self.chunks:
                            unfinished = self.open.subjects()
            fold.write(self.alias)
            self.parked._default_manager.bulk_create(aside, batch_size=INSERT_ROWS)
            place = Place(events[-1].position, events[-1].id) if events else None
            # If nothing more matches, skip to the end: no rescan of other services' events.
            if is_last and end > (place.position if place else checkpoint.position):
                place = self.place_at(end)
            self.advance(checkpoint, place, handled)
        self._log_handled(events)
        self._log_parked([row for row in aside if row.state == State.PARKED])
        is_any_aside = bool(blocked or aside or unfinished)
        return Batch(len(handled), checkpoint.position, is_any_aside, is_cut)

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
                self.advance(checkpoint, Place(event.position, event.id))
                log.error("%s parked the event at %s: %r", self.name, event.position, error)
        return checkpoint.position

    def _log_handled(self, events: Sequence[Stored]) -> None:
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

    def _log_parked(self, rows: Sequence[ParkedEvent]) -> None:
        for row in rows[:MAX_LOG_LINES]:
            log.error("%s parked the event at %s: %s", self.name, row.position, row.error)
        if more := rows[MAX_LOG_LINES:]:
            log.error("%s parked %d more events", self.name, len(more))

    # --- Parked events

    def retry(self, *keys: UUID, by: str = "") -> int:
        """Have the next catch-up handle again what is parked of these posts, and then what waits
        behind it; returns how many are marked."""
        return self.parking.mark(by, key__in=keys)

    def discard(self, *positions: int, by: str, reason: str) -> list[int]:
        """Skip the parked events at ``positions`` for good: by whom and why is kept. The next
        catch-up handles what waits behind them. Returns those that were still parked."""
        with transaction.atomic(using=self.alias):
            rows = self.parking.rows(State.PARKED).filter(position__in=positions)
            found = list(rows.select_for_update().values_list("position", flat=True))
            decision = {"discarded_by": by, "reason": reason, "retry_at": None}
            rows.update(state=State.DISCARDED, **decision)
        return found


def consumers() -> dict[str, Consumer]:
    """The consumers of the services in this process, by name."""
    return dict(_registry)
