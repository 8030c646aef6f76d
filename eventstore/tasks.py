"""Wake the consumers after an append; the Celery tasks that their workers run; where results go.

A task carries no event: it is only a nudge. One that is lost costs time, never data: the sweep
comes after it.
"""

import logging
import time
from collections.abc import Iterator, Set
from contextlib import contextmanager
from typing import Any

from billiard.process import current_process
from celery import bootsteps, shared_task
from celery.states import SUCCESS
from django.conf import settings
from django.db import Error, connections
from django.dispatch import Signal, receiver
from django_celery_results.backends.database import DatabaseBackend

from eventstore.consumer import consumers
from eventstore.housekeeping import keep_house
from eventstore.models import Subscription
from eventstore.nudges import wake
from eventstore.outages import database_of, in_one_line, is_outage
from eventstore.outbox import outboxes, relay_quietly
from eventstore.presence import at_work
from eventstore.rebuild import ensure_tables
from eventstore.store import events_appended

log = logging.getLogger(__name__)

CATCH_UP_SECONDS = settings.TASK_TIME  # then a catch-up makes way for the next message
PAUSE_CHECK_SECONDS = 0.2

Result = dict[str, Any] | None

swept = Signal()
"""Sent by each sweep with ``service``, its name: the time to delete what has expired."""


@receiver(events_appended)
def wake_consumers(types: Set[str], **kwargs: Any) -> None:
    """Send one nudge to each consumer that subscribes to one of ``types``."""
    try:
        wake(Subscription.claim_idle(types))
    except Error as error:  # the store's database failed after the append
        log.warning("no consumer was woken: %s", in_one_line(error))


class Outage(Exception):
    """A database does not respond: the next sweep comes again."""


@shared_task(throws=(Outage,))
def consume(name: str) -> Result:
    """Catch up with the log; the result says how far. A run that found nothing, or whose consumer
    is paused, has none; nor has one that handled one event, as the waypoints and the log have all
    there is to know: its row would be a third of what a quiet worker commits."""
    result = _catch_up(name)
    return result if result and result["handled"] > 1 else None


def _catch_up(name: str) -> Result:
    with _outage_in_one_line(name), at_work(name):
        if Subscription.nudge_arrived(name):
            return None  # paused: not even a log that went back moves its checkpoint
        is_paused = PauseCheck(name)
        progress = consumers()[name].catch_up(seconds=CATCH_UP_SECONDS, is_paused=is_paused)
        if progress.more:
            wake([name])
        if not progress.handled:
            return None
        return {"consumer": name, "handled": progress.handled, "position": progress.position}


class PauseCheck:
    """Whether the consumer, which was not when this was made, is paused, as of
    ``PAUSE_CHECK_SECONDS`` ago at most: a query for each batch would cost those that catch up with
    much."""

    def __init__(self, consumer: str) -> None:
        self._consumer, self._checked_at, self._is_paused = consumer, time.monotonic(), False

    def __call__(self) -> bool:
        if not self._is_paused and time.monotonic() - self._checked_at >= PAUSE_CHECK_SECONDS:
            self._is_paused = Subscription.is_paused(self._consumer)
            self._checked_at = time.monotonic()
        return self._is_paused


_swept_at = float("-inf")


@shared_task(throws=(Outage,))
def sweep(name: str, until: float = float("inf")) -> Result:
    """Relay what was left in this process's outboxes, then catch up: this makes up for every lost
    nudge, so even one event that it found is a result. After ``until`` (a Unix time), when the next
    sweep has been sent, it is late: its worker was busy, and goes on with that. Of several that are
    late, the first one relays, and the others do nothing. (Celery's own ``expires`` would leave a
    row of each.)"""
    global _swept_at
    is_late = time.time() > until
    if is_late and time.monotonic() - _swept_at < settings.SWEEP_INTERVAL:
        return None
    try:
        with _outage_in_one_line(name), at_work(name):
            _keep_up(name)
    finally:
        _swept_at = time.monotonic()
    if is_late or name not in consumers():
        return None
    return _catch_up(name)


def _keep_up(name: str) -> None:
    for outbox in outboxes():
        relay_quietly(outbox, CATCH_UP_SECONDS, if_waiting=True)
    keep_house()
    swept.send_robust(None, service=name)
    if name in consumers():
        Subscription.seen(name, consumers()[name].handlers)
        ensure_tables(consumers()[name])


class SweepTimer(bootsteps.StartStopStep):
    """The clock of the sweep, a part of every worker: it begins with each connection to the broker,
    and sends the sweep of the worker's own service every few seconds. (A schedule in one central
    process would pile up messages for a service that is stopped.)"""

    requires = ("celery.worker.consumer.tasks:Tasks",)  # its module is large: for workers only
    timer: Any = None

    def start(self, consumer: Any) -> None:
        interval = consumer.app.conf.sweep_interval

        def tick() -> None:
            for queue in list(consumer.app.amqp.queues.consume_from):
                until = time.time() + interval
                service = queue.removeprefix(settings.QUEUE_PREFIX)
                try:
                    # On the connection that is listened to: it is given up where it is dead.
                    consumer.app.send_task(
                        sweep.name,
                        args=(service, until),
                        queue=queue,
                        connection=consumer.connection,
                        retry=False,
                    )
                except Exception as error:  # each broker has its own
                    log.warning("no sweep of %s: %s", queue, error)

        tick()
        self.timer = consumer.timer.call_repeatedly(interval, tick)

    def stop(self, consumer: Any) -> None:
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None


@contextmanager
def _outage_in_one_line(name: str) -> Iterator[None]:
    """A database that is away is one line in the log, and a failed run."""
    try:
        yield
    except Error as error:
        if not is_outage(error):
            raise
        message = f"{name} waits for the database {database_of(error)}: {in_one_line(error)}"
        log.warning(message)
        raise Outage(message) from error


class Results(DatabaseBackend):  # type: ignore[misc]
    """Keeps task results with django-celery-results, on ``default``. One that cannot be kept stops
    nobody, and a run that has nothing to report leaves none. (Celery's ``Ignore`` would do, but
    each costs 130 kB of garbage until Python collects it, 50 MB and more in an idle worker.)

    Celery's main process also keeps results, of tasks whose process was killed. It does not look
    after its connections: one that the server has closed would fail for ever, and one that is open
    when the next process is forked is shared with that. So there, each use has its own."""

    def _store_result(self, task_id: str, result: Any, status: str, *args: Any, **more: Any) -> Any:
        if result is None and status == SUCCESS:
            return None
        with _brief_connection():
            try:
                return super()._store_result(task_id, result, status, *args, **more)
            except Error as error:
                log.warning("the result of task %s is not kept: %s", task_id, in_one_line(error))
                return result

    def _get_task_meta_for(self, task_id: str) -> Any:
        with _brief_connection():
            return super()._get_task_meta_for(task_id)


@contextmanager
def _brief_connection() -> Iterator[None]:
    try:
        yield
    finally:
        if current_process().name == "MainProcess":
            connections.close_all()
