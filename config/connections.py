"""The connections of a worker.

Those to databases it keeps from task to task, as a web process does from request to request. Celery
alone would close all of them before and after each task, and on SQLite the last one to close also
checkpoints the journal. For a broker that is away it looks every few seconds. Celery alone would
look every half minute in the end.
"""

import sys
from typing import Any

from celery import Celery
from celery.signals import task_failure, task_prerun
from django.db import close_old_connections, connections
from kombu import Connection

LONGEST = 5.0  # seconds between two looks for the broker


def keep_connections(app: Celery) -> None:
    """Leave those to databases to Django's rules: ``CONN_MAX_AGE`` and ``CONN_HEALTH_CHECKS``."""
    app.conf.CELERY_DB_REUSE_MAX = sys.maxsize
    task_prerun.connect(close_old_connections)
    task_failure.connect(_close_all)


class BrokerConnection(Connection):
    """One that tries again sooner."""

    def _ensure_connection(self, *args: Any, **kwargs: Any) -> Any:
        return super()._ensure_connection(*args, **{"interval_max": LONGEST, **kwargs})


def _close_all(**_: Any) -> None:
    """A time limit may have struck amid a query, which nobody can tell from outside: Celery gave
    up keeping connections for that (celery/celery#9824)."""
    connections.close_all()
