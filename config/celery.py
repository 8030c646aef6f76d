"""The Celery application. ``python -m config.worker`` starts a worker."""

import os
import sys
import time
from typing import Any

from celery import Celery, signals
from django.db import close_old_connections, connections
from kombu import Connection
from kombu.transport import TRANSPORT_ALIASES

from config.processes.paths import announce
from config.startup import keep_loaded, read_settings_or_exit
from eventstore import deadlines

MIN_RECONNECT_SECONDS = 1.0  # between two connections of a worker
MAX_RECONNECT_SECONDS = 5.0  # Celery's own pauses between two attempts grow to half a minute
ANNOUNCE_SECONDS = 2.0  # between two attempts
STATEMENT_SHARE = 0.5  # of a task's time limit: more than any lock is waited for

read_settings_or_exit()
# Django's system checks would load every view into every worker: 24 MB, and half a second.
os.environ.setdefault("CELERY_SKIP_CHECKS", "1")

# kombu's own filesystem transport lets a reader see half a file.
TRANSPORT_ALIASES["filesystem"] = "config.filebroker:Transport"


class BrokerConnection(Connection):
    """Reconnects to a broker that was down within seconds; a worker, not too often to one that lets
    it in and refuses all else."""

    _worker_connected_at = float("-inf")

    def ensure_connection(self, *args: Any, **kwargs: Any) -> Any:
        if "callback" not in kwargs:
            return super().ensure_connection(*args, **kwargs)
        # Only a worker has one.
        due = BrokerConnection._worker_connected_at + MIN_RECONNECT_SECONDS
        time.sleep(max(0.0, due - time.monotonic()))
        connection = super().ensure_connection(*args, **kwargs)
        BrokerConnection._worker_connected_at = time.monotonic()
        return connection

    def _ensure_connection(self, *args: Any, **kwargs: Any) -> Any:
        kwargs.setdefault("interval_max", MAX_RECONNECT_SECONDS)
        return super()._ensure_connection(*args, **kwargs)


def leave_to_django(**_: Any) -> None:
    """Celery configures no logging where this signal has a receiver: Django's settings hold."""


def announce_or_retry(sender: Any, **_: Any) -> None:
    """Reports that this worker is ready; on a full disk, as soon as there is space."""
    try:
        announce()
    except OSError:
        sender.timer.call_after(ANNOUNCE_SECONDS, announce_or_retry, (sender,))


def limit_statements(**_: Any) -> None:
    """Once for the worker's main process and those that it starts. A statement that hangs leaves
    its task time to end, and to report which database it was."""
    deadlines.limit_statements(app.conf.task_soft_time_limit * STATEMENT_SHARE)


def close_connections(**_: Any) -> None:
    """A time limit may have interrupted a query, which cannot be seen from outside: Celery gave up
    keeping connections for that (celery/celery#9824)."""
    connections.close_all()


app = Celery("hindsight")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.steps["consumer"].add("eventstore.tasks:SweepTimer")  # it has models
app.amqp.Connection = BrokerConnection
signals.setup_logging.connect(leave_to_django)
signals.worker_before_create_process.connect(keep_loaded)
signals.worker_init.connect(limit_statements)
signals.worker_ready.connect(announce_or_retry)
# Database connections live from task to task, by Django's own rules (CONN_MAX_AGE and
# CONN_HEALTH_CHECKS), as in a web process from request to request. Celery alone would close all of
# them before and after each task, and on SQLite the last one to close also checkpoints the journal.
app.conf.CELERY_DB_REUSE_MAX = sys.maxsize
signals.task_prerun.connect(close_old_connections)
signals.task_failure.connect(close_connections)
