"""Keep small what would only grow: task results, by age and number, and SQLite's journals.

Workers do it in their sweeps, now and then, in steps that hold nobody up.
"""

import logging
import time
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db import Error, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Q
from django.utils import timezone
from django_celery_results.models import TaskResult

from eventstore.outages import in_one_line

log = logging.getLogger(__name__)

EVERY_SECONDS = 60.0
BATCH_ROWS = 500  # deleted in one statement
MAX_BATCHES = 20  # in one sweep; the next one goes on
MAX_JOURNAL_BYTES = 16_000_000
CHECKPOINT_TIMEOUT_MS = 200  # for readers to make way: writers wait meanwhile

_kept_at = float("-inf")


def keep_house() -> None:
    """To be called in each sweep; does something once in ``EVERY_SECONDS``. A database that fails
    is logged: this can wait."""
    global _kept_at
    if time.monotonic() - _kept_at < EVERY_SECONDS:
        return
    is_done = True
    try:
        is_done = expire_results()
    except Error as error:
        log.warning("old task results stay: %s", in_one_line(error))
    for connection in connections.all(initialized_only=True):
        try:
            truncate_journal(connection)
        except Error as error:
            log.warning("the journal of %s stays: %s", connection.alias, in_one_line(error))
    if is_done:
        _kept_at = time.monotonic()


def expire_results() -> bool:
    """Delete the oldest task results: those that are older than ``RESULT_EXPIRES`` seconds, and
    those beyond the number ``RESULT_LIMIT``. False where more are left for the next time."""
    for _ in range(MAX_BATCHES):
        surplus = _surplus_results()
        TaskResult.objects.filter(pk__in=surplus).delete()
        if len(surplus) < BATCH_ROWS:
            return True
    return False


def _surplus_results() -> list[int]:
    oldest = timezone.now() - timedelta(seconds=settings.CELERY_RESULT_EXPIRES)
    surplus = Q(date_done__lt=oldest)
    newest = TaskResult.objects.order_by("-pk").values_list("pk", flat=True)
    if beyond := newest[settings.RESULT_LIMIT : settings.RESULT_LIMIT + 1].first():
        surplus |= Q(pk__lte=beyond)
    found = TaskResult.objects.filter(surplus).order_by("pk").values_list("pk", flat=True)
    return list(found[:BATCH_ROWS])


def truncate_journal(connection: BaseDatabaseWrapper) -> None:
    """Write SQLite's journal (its WAL) into the database and empty it, if it is large.

    SQLite begins it anew only at a moment when nobody reads from it, and under steady traffic that
    may never come; and then it keeps the file's size."""
    if connection.vendor != "sqlite" or _journal_bytes(connection) <= MAX_JOURNAL_BYTES:
        return
    with connection.cursor() as cursor:
        [before] = cursor.execute("PRAGMA busy_timeout").fetchone()
        cursor.execute("PRAGMA wal_checkpoint(PASSIVE)")  # most of it, while others go on
        cursor.execute(f"PRAGMA busy_timeout = {CHECKPOINT_TIMEOUT_MS}")
        try:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        finally:
            cursor.execute(f"PRAGMA busy_timeout = {before}")


def _journal_bytes(connection: BaseDatabaseWrapper) -> int:
    try:
        return Path(f"{connection.settings_dict['NAME']}-wal").stat().st_size
    except OSError:  # there is none
        return 0
