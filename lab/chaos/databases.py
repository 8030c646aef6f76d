"""Faults of databases: connections are cut, a write lock is held."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial

import psycopg

from lab.chaos.nemesis import FaultKind, choose
from lab.sandbox import ALIASES, Sandbox

LOCK_TIMEOUT_SECONDS = 5
CUT = """
    SELECT count(*) FILTER (WHERE pg_terminate_backend(pid)) FROM pg_stat_activity
    WHERE datname LIKE %s AND pid <> pg_backend_pid()
"""
# By alias: the table where writers meet. Readers go on, as they do on SQLite.
LOCKED = {
    "default": "django_celery_results_taskresult",
    "eventstore": "eventstore_head",
    "posts": "posts_outbox",
    "comments": "comments_outbox",
    "moderation": "moderation_outbox",
    "query": "query_checkpoint",
}


def fault_kinds(box: Sandbox) -> list[FaultKind]:
    held = FaultKind("write lock of a database held", 0.6, partial(hold_lock, box), lasts=True)
    if box.database == "sqlite":
        return [held]
    return [
        held,
        FaultKind("connections to one database cut", 0.6, partial(cut_one, box)),
        FaultKind("connections to all databases cut", 0.3, lambda *_: cut(box, "%")),
    ]


@contextmanager
def write_lock(box: Sandbox, alias: str) -> Iterator[bool]:
    """As long as the context lasts, nobody else can write to this database. False where the lock
    could not be acquired in time."""
    with closing(_connect(box, alias)) as connection:  # this releases the lock
        lock = f"LOCK TABLE {LOCKED[alias]} IN EXCLUSIVE MODE"
        try:
            connection.execute("BEGIN IMMEDIATE" if box.database == "sqlite" else lock)
        except (sqlite3.OperationalError, psycopg.Error):
            yield False
        else:
            yield True


def hold_lock(box: Sandbox, pick: float, seconds: float) -> bool:
    with write_lock(box, choose(pick, ALIASES)) as locked:
        if locked:
            time.sleep(seconds)
    return locked


def cut_one(box: Sandbox, pick: float, seconds: float) -> bool:
    return cut(box, choose(pick, ALIASES))


def cut(box: Sandbox, alias: str) -> bool:
    """Whether there was a connection to cut. ``alias`` is a pattern, ``%`` for all."""
    pattern = f"{box.name}_".replace("_", r"\_") + alias
    with closing(psycopg.connect(box.database_url("default"))) as connection:
        [number] = connection.execute(CUT, [pattern]).fetchone() or [0]
    return bool(number)


def _connect(box: Sandbox, alias: str) -> sqlite3.Connection | psycopg.Connection:
    if box.database == "sqlite":
        path = box.var / f"{alias}.sqlite3"
        return sqlite3.connect(path, LOCK_TIMEOUT_SECONDS, isolation_level=None)
    options = f"-c lock_timeout={LOCK_TIMEOUT_SECONDS}s"
    return psycopg.connect(box.database_url(alias), options=options)
