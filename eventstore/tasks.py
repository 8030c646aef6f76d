"""The tasks that a service's worker runs. A task carries no event: it is only a nudge."""

import logging
import time
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any

from celery import shared_task
from django.conf import settings
from django.db import Error
from django_celery_results.models import TaskResult

from eventstore import subscriptions
from eventstore.consumer import consumers
from eventstore.lost import ensure_tables
from eventstore.messaging import outboxes
from eventstore.outages import database_of, in_one_line, is_outage
from eventstore.queues import queue_of
from eventstore.relay import relay_left

log = logging.getLogger(__name__)

SLICE = settings.TASK_TIME
"""Seconds after which a long catch-up makes way for the next message."""

Result = dict[str, Any] | None
Run = Callable[..., Result]


class Outage(Exception):
    """A database does not answer: the next sweep comes again."""


def in_outages(run: Run) -> Run:
    """A database that is away is one line in the log, and a failed run."""

    @wraps(run)
    def told(name: str, *args: Any, **kwargs: Any) -> Result:
        try:
            return run(name, *args, **kwargs)
        except Error as error:
            if not is_outage(error):
                raise
            said = f"{name} waits for the database {database_of(error)}: {in_one_line(error)}"
            log.warning(said)
            raise Outage(said) from error

    return told


@shared_task(throws=(Outage,))
@in_outages
def consume(name: str) -> Result:
    """Catch up with the log; the result says how far. A run that found nothing has none."""
    return _consume(name)


@shared_task(throws=(Outage,))
@in_outages
def sweep(name: str, until: float = float("inf")) -> Result:
    """Carry over what was left in this process's outboxes, then catch up: whatever nudge was
    lost, and whatever happened while the worker was away, is made good here.

    ``until`` (a Unix time) is when the next sweep has been sent, which does instead of a late one.
    (Celery's own ``expires`` would leave a row of it.)
    """
    if time.time() > until:
        return None
    for outbox in outboxes():
        relay_left(outbox, SLICE)
    _expire_results()
    if name not in consumers():
        return None
    subscriptions.seen(name)
    ensure_tables(consumers()[name])
    return _consume(name)


def _consume(name: str) -> Result:
    subscriptions.clear(name)
    progress = consumers()[name].catch_up(seconds=SLICE)
    if progress.more:
        consume.apply_async(args=(name,), queue=queue_of(name))
    if not progress.handled:
        return None
    return {"consumer": name, "handled": progress.handled, "position": progress.position}


_expired_at = float("-inf")


def _expire_results(every: float = 600.0) -> None:
    """Delete old task results, every ten minutes. (Celery leaves that to its beat.)"""
    global _expired_at
    if time.monotonic() - _expired_at > every:
        try:
            TaskResult.objects.delete_expired(timedelta(seconds=settings.CELERY_RESULT_EXPIRES))
        except Error as error:  # old results can wait, the events cannot
            log.warning("old task results stay: %s", in_one_line(error))
        _expired_at = time.monotonic()
