"""Where task results are kept: django-celery-results, on ``default``."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from billiard.process import current_process
from celery.states import SUCCESS
from django.db import Error, connections
from django_celery_results.backends.database import DatabaseBackend

from eventstore.outages import in_one_line

log = logging.getLogger(__name__)


class Results(DatabaseBackend):  # type: ignore[misc]
    """A result is for people to look at. One that cannot be kept stops nobody, and a run that
    found nothing to do leaves none. (Celery's ``Ignore`` would do, but each costs 130 kB of garbage
    until Python looks for it, which in an idle worker came to 50 MB and more.)

    Celery's main process also keeps results, of tasks whose process was killed. It does not look
    after its connections: one that the server has closed would fail for ever, and take the worker's
    only slot with it; one that is open when the next process is forked is shared with that. So
    there, each use has a connection of its own.
    """

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
