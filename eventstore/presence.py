"""A worker that is busy with one long task is shown as running all the same.

Its sweeps, by which it is seen otherwise, wait behind that task.
"""

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from celery import signals
from django.conf import settings
from django.db import Error, connections
from django.utils import timezone

from eventstore.models import Subscription
from eventstore.outages import in_one_line

log = logging.getLogger(__name__)

_task: tuple[str, float] | None = None  # whose it is, and since when


@contextmanager
def at_work(consumer: str) -> Iterator[None]:
    """Around a task of this consumer's."""
    global _task
    _task = consumer, time.monotonic()
    try:
        yield
    finally:
        _task = None


@signals.worker_process_init.connect
def _begin(**_: Any) -> None:
    """In each child process of a worker: these do the tasks, and fork no further."""
    threading.Thread(target=_watch, name="presence", daemon=True).start()


def _watch() -> None:
    while True:
        time.sleep(settings.SWEEP_INTERVAL)
        task = _task
        if task and time.monotonic() - task[1] >= settings.SWEEP_INTERVAL:
            note_seen(task[0])


def note_seen(consumer: str) -> None:
    try:
        rows = Subscription.objects.filter(consumer=consumer)
        rows.update(seen_at=timezone.now())
    except Error as error:  # the task itself waits for that database
        log.debug("%s is not noted as running: %s", consumer, in_one_line(error))
    finally:
        connections.close_all()  # this thread's: long tasks are rare
