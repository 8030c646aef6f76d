"""Wake the consumers after an append; the Celery tasks that their workers run; where results go.

A task carries no event: it is only a nudge. One that is lost costs time, never data: the sweep
comes after it.
"""

import logging
import time
from collections.abc import Iterator, Set
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from billiard.process import current_process
from celery import bootsteps, shared_task
from celery.states import SUCCESS
from django.conf import settings
from django.db import Error, connections
from django.dispatch import receiver
from django_celery_results.backends.database import DatabaseBackend
from django_celery_results.models import TaskResult

from eventstore.consumer import consumers
from eventstore.models import Subscription
from eventstore.outages import database_of, in_one_line, is_outage
from eventstore.outbox import outboxes, relay_quietly
from eventstore.rebuild import ensure_tables
from eventstore.store import events_appended

log = logging.getLogger(__name__)

CATCH_UP_SECONDS = settings.TASK_TIME  # then a catch-up makes way for the next message
EXPIRE_EVERY_SECONDS = 600.0

Result = dict[str, Any] | None


@receiver(events_appended)
def wake_consumers(types: Set[str], **kwargs: Any) -> None:
    """Send one nudge to each consumer that subscribes to one of ``types``. If the broker is down
    they stay claimed: until the sweep, no request waits for it again."""
    try:
        for consumer in Subscription.claim_idle(types):
            _send_nudge(consumer)
    except Exception as error:  # each broker has its own
        log.warning("no consumer was woken: %s", error)


def queue_of(service: str) -> str:
    """The service's queue. ``QUEUE_PREFIX`` lets several installations share a broker."""
    return f"{settings.QUEUE_PREFIX}{service}"


class Outage(Exception):
    """A database does not respond: the next sweep comes again."""


@shared_task(throws=(Outage,))
def consume(name: str) -> Result:
    """Catch up with the log; the result says how far. A run that found nothing has none."""
    with _outage_in_one_line(name):
        # The nudge has arrived: what is appended from now on needs another.
        Subscription.objects.filter(consumer=name, nudged=True).update(nudged=False)
        progress = consumers()[name].catch_up(seconds=CATCH_UP_SECONDS)
        if progress.more:
            _send_nudge(name)
        if not progress.handled:
            return None
        return {"consumer": name, "handled": progress.handled, "position": progress.position}


@shared_task(throws=(Outage,))
def sweep(name: str, until: float = float("inf")) -> Result:
    """Relay what was left in this process's outboxes, then catch up: this makes up for every lost
    nudge. Does nothing after ``until`` (a Unix time), when the next sweep has been sent. (Celery's
    own ``expires`` would leave a row of it.)"""
    if time.time() > until:
        return None
    with _outage_in_one_line(name):
        for outbox in outboxes():
            relay_quietly(outbox, CATCH_UP_SECONDS, if_waiting=True)
        _expire_results()
        if name not in consumers():
            return None
        Subscription.seen(name, consumers()[name].handlers)
        ensure_tables(consumers()[name])
    result: Result = consume(name)
    return result


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
                    consumer.app.send_task(sweep.name, args=(service, until), queue=queue)
                except Exception as error:  # each broker has its own
                    log.warning("no sweep of %s: %s", queue, error)

        tick()
        self.timer = consumer.timer.call_repeatedly(interval, tick)

    def stop(self, consumer: Any) -> None:
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None


def _send_nudge(consumer: str) -> None:
    consume.apply_async(args=(consumer,), queue=queue_of(consumer))


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


_expired_at = float("-inf")


def _expire_results() -> None:
    """Delete old task results from time to time. (Celery leaves that to its beat.)"""
    global _expired_at
    if time.monotonic() - _expired_at > EXPIRE_EVERY_SECONDS:
        try:
            TaskResult.objects.delete_expired(timedelta(seconds=settings.CELERY_RESULT_EXPIRES))
        except Error as error:  # old results can wait, the events cannot
            log.warning("old task results stay: %s", in_one_line(error))
        _expired_at = time.monotonic()


class Results(DatabaseBackend):  # type: ignore[misc]
    """Keeps task results with django-celery-results, on ``default``. One that cannot be kept stops
    nobody, and a run that found nothing to do leaves none. (Celery's ``Ignore`` would do, but each
    costs 130 kB of garbage until Python collects it, 50 MB and more in an idle worker.)

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
