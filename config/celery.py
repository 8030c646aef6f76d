"""The Celery application. Start workers with ``python -m celery -A config``."""

import os
import sys
from typing import Any

from celery import Celery, signals
from django.db import close_old_connections, connections
from kombu import Connection
from kombu.transport import TRANSPORT_ALIASES

from config.processes.paths import announce
from config.startup import keep_loaded, read_settings_or_exit

MAX_RECONNECT_SECONDS = 5.0  # Celery's own pauses between two attempts grow to half a minute

read_settings_or_exit()
# Django's system checks would load every view into every worker: 24 MB, and half a second.
os.environ.setdefault("CELERY_SKIP_CHECKS", "1")

# kombu's own filesystem transport lets a reader see half a file.
TRANSPORT_ALIASES["filesystem"] = "config.filebroker:Transport"


class BrokerConnection(Connection):
    """Reconnects to a broker that was down within seconds."""

    def _ensure_connection(self, *args: Any, **kwargs: Any) -> Any:
        kwargs.setdefault("interval_max", MAX_RECONNECT_SECONDS)
        return super()._ensure_connection(*args, **kwargs)


def leave_to_django(**_: Any) -> None:
    """Celery configures no logging where this signal has a receiver: Django's settings hold."""


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
signals.worker_ready.connect(announce)
# Database connections live from task to task, by Django's own rules (CONN_MAX_AGE and
# CONN_HEALTH_CHECKS), as in a web process from request to request. Celery alone would close all of
# them before and after each task, and on SQLite the last one to close also checkpoints the journal.
app.conf.CELERY_DB_REUSE_MAX = sys.maxsize
signals.task_prerun.connect(close_old_connections)
signals.task_failure.connect(close_connections)
