"""The tasks that a service's worker runs. A task carries no event: it is only a nudge."""

import logging
import time
from typing import Any

from celery import shared_task
from django.conf import settings
from django.db import Error
from django_celery_results.models import TaskResult

from eventstore import subscriptions
from eventstore.consumer import consumers
from eventstore.messaging import outboxes
from eventstore.queues import queue_of
from eventstore.relay import relay_quietly

log = logging.getLogger(__name__)

SLICE = 20.0
"""Seconds after which a long catch-up makes way for the next message."""


@shared_task
def consume(name: str) -> dict[str, Any] | None:
    """Catch up with the log; the result says how far. A run that found nothing has none: see
    ``Results``."""
    subscriptions.clear(name)
    progress = consumers()[name].catch_up(seconds=SLICE)
    if progress.more:
        consume.apply_async(args=(name,), queue=queue_of(name))
    if not progress.handled:
        return None
    return {"consumer": name, "handled": progress.handled, "position": progress.position}


@shared_task
def sweep(name: str, until: float = float("inf")) -> dict[str, Any] | None:
    """Carry over what was left in this process's outboxes, then catch up: whatever nudge was
    lost, and whatever happened while the worker was away, is made good here.

    ``until`` (a Unix time) is when the next sweep has been sent, which does instead of a late one.
    (Celery's own ``expires`` would leave a row of it.)
    """
    if time.time() > until:
        return None
    for outbox in outboxes():
        relay_quietly(outbox, SLICE)
    _expire_results()
    if name not in consumers():
        return None
    subscriptions.seen(name)
    result: dict[str, Any] | None = consume(name)
    return result


_expired_at = float("-inf")


def _expire_results(every: float = 600.0) -> None:
    """Delete old task results, every ten minutes. (Celery leaves that to its beat.)"""
    global _expired_at
    if time.monotonic() - _expired_at > every:
        try:
            TaskResult.objects.delete_expired(settings.CELERY_RESULT_EXPIRES)
        except Error as error:  # old results can wait, the events cannot
            log.warning("old task results stay: %s", error)
        _expired_at = time.monotonic()
