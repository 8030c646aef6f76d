"""A worker keeps its database connections from task to task, as a web process does from request
to request. Celery alone would close all of them before and after each task, and on SQLite the
last one to close also checkpoints the journal.
"""

import sys
from typing import Any

from celery import Celery
from celery.signals import task_failure, task_prerun
from django.db import close_old_connections, connections


def keep_connections(app: Celery) -> None:
    """Leave them to Django's rules: ``CONN_MAX_AGE`` and ``CONN_HEALTH_CHECKS``."""
    app.conf.CELERY_DB_REUSE_MAX = sys.maxsize
    task_prerun.connect(close_old_connections)
    task_failure.connect(_close_all)


def _close_all(**_: Any) -> None:
    """A time limit may have struck amid a query, which nobody can tell from outside: Celery gave
    up keeping connections for that (celery/celery#9824)."""
    connections.close_all()
