"""Continuing: the next chunk of what an event causes, in the consumer's worker."""

import logging
import time
from dataclasses import dataclass

from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.db import transaction

from eventstore import limits, telemetry
from eventstore.continuations import Continuation
from eventstore.limits import RetryState, Watchdog
from eventstore.outages import is_outage
from eventstore.parking import State
from eventstore.subscriber import Subscriber

log = logging.getLogger(__name__)

CHUNK_SECONDS = 0.25  # that a chunk should take: others wait for its end
NARROWING = 10  # a chunk that fails is tried with so many times fewer rows


@dataclass
class Continuing:
    """The continuations of ``subscriber``, oldest first."""

    subscriber: Subscriber
    _narrowed: int = 1  # so many times fewer rows than ``CHUNK_ROWS`` come into a chunk
    _retry: RetryState | None = None

    def is_open(self) -> bool:
        """Whether there is something to do."""
        return self.subscriber.open.first() is not None

    def work(self) -> int:
        """Do one chunk; returns how many events are done with it: 1 or 0. A chunk that fails is
        tried again with fewer rows, then a few times more, and then its event is parked: a retry
        does what is left. A database that does not respond is no chunk's fault: its error is
        raised."""
        row = self.subscriber.open.first()
        if row is None:
            return 0
        crashed_at, crashes = limits.crashes_of(self.subscriber.name)
        if crashed_at == row.position and crashes >= limits.MAX_CRASHES:
            error = limits.ProcessCrashed(f"{crashes} processes died at this event")
            self._park(row, error, crashes)
            limits.forget_crashes()
            return 0
        try:
            is_done = self._do_chunk(row)
        except Exception as failure:
            if is_outage(failure) or isinstance(failure, SoftTimeLimitExceeded):
                raise
            self._has_failed(row, failure)
            return 0
        if crashed_at == row.position:
            limits.forget_crashes()
        self._retry = None
        return int(is_done)

    def _do_chunk(self, row: Continuation) -> bool:
        """Whether it was the last one."""
        watchdog = Watchdog(self.subscriber.name, settings.HANDLER_TIME_LIMIT)
        began = time.monotonic()
        with telemetry.batch(), transaction.atomic(using=self.subscriber.alias):
            self.subscriber.lock()
            if not self.subscriber.open.rows().filter(pk=row.pk).exists():
                return False  # another worker was faster
            with watchdog.over_handlers():
                watchdog.begin(row.position)
                is_left = self.subscriber.do_chunk(row, self._limit())
            if not is_left:
                row.delete()
            took = time.monotonic() - began
        if took > CHUNK_SECONDS and self._limit() > 1:
            self._narrowed *= 2
        elif took < CHUNK_SECONDS / 2:
            self._narrowed = max(self._narrowed // 2, 1)
        if not is_left:
            log.info("%s has done all that %s causes", self.subscriber.name, row)
        return not is_left

    def _limit(self) -> int:
        return max(int(settings.CHUNK_ROWS) // self._narrowed, 1)

    def _has_failed(self, row: Continuation, failure: Exception) -> None:
        name = self.subscriber.name
        log.warning("%s: %d of what %s causes failed: %r", name, self._limit(), row, failure)
        if self._limit() > 1:
            self._narrowed *= NARROWING
            return
        self._retry = self._retry or RetryState(row.position)
        if self._retry.is_hopeless(failure):
            self._park(row, failure, self._retry.tries)
            self._retry, self._narrowed = None, 1
        else:
            self._retry.pause()

    def _park(self, row: Continuation, error: Exception, tries: int) -> None:
        name = self.subscriber.name
        with transaction.atomic(using=self.subscriber.alias):
            self.subscriber.lock()
            if self.subscriber.open.rows().filter(pk=row.pk).delete()[0]:
                parked = self.subscriber.parked.of(name, row.stored, State.PARKED)
                parked.failed(error, tries).save()
                log.error("%s parked the event at %s: %r", name, row.position, error)
