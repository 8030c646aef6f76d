"""Faults of databases: connections are cut, a write lock is held."""

import contextlib
import sqlite3
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from typing import LiteralString

import psycopg

from lab.chaos.nemesis import FaultKind, choose
from lab.sandbox import ALIASES, Sandbox

LOCK_TIMEOUT_SECONDS = 5
CUT: LiteralString = """
    SELECT count(*) FILTER (WHERE pg_terminate_backend(pid)) FROM pg_stat_activity
    WHERE datname LIKE %s AND pid <> pg_backend_pid()
"""
# By alias: where writers meet. Readers go on, as they do on SQLite.
LOCK: dict[str, LiteralString] = {
    "default": "LOCK TABLE django_celery_results_taskresult IN EXCLUSIVE MODE",
    "eventstore": "LOCK TABLE eventstore_head IN EXCLUSIVE MODE",
    "posts": "LOCK TABLE posts_outbox IN EXCLUSIVE MODE",
    "comments": "LOCK TABLE comments_outbox IN EXCLUSIVE MODE",
    "moderation": "LOCK TABLE moderation_outbox IN EXCLUSIVE MODE",
    "query": "LOCK TABLE query_checkpoint IN EXCLUSIVE MODE",
}


class Databases(ABC):
    """One for each alias."""

    @abstractmethod
    def lock(self, alias: str) -> AbstractContextManager[bool]:
        """As long as the context lasts, nobody else can write there. False where the lock could not
        be acquired in time."""

    def fault_kinds(self) -> list[FaultKind]:
        return [FaultKind("write lock of a database held", 0.6, self.hold_lock, lasts=True)]

    def hold_lock(self, pick: float, seconds: float) -> bool:
        with self.lock(choose(pick, ALIASES)) as locked:
            if locked:
                time.sleep(seconds)
        return locked


class PostgreSQL(Databases):
    """Those of a sandbox on a server."""

    def __init__(self, box: Sandbox) -> None:
        self._box, self._pattern = box, box.name.replace("_", r"\_")

    def fault_kinds(self) -> list[FaultKind]:
        return [
            *super().fault_kinds(),
            FaultKind("connections to one database cut", 0.6, self.cut_one),
            FaultKind("connections to all databases cut", 0.3, self.cut_all),
        ]

    @contextmanager
    def lock(self, alias: str) -> Iterator[bool]:
        options = f"-c lock_timeout={LOCK_TIMEOUT_SECONDS}s"
        with closing(psycopg.connect(self._box.database_url(alias), options=options)) as connection:
            try:
                connection.execute(LOCK[alias])
            except psycopg.Error:
                yield False
            else:
                yield True
                with contextlib.suppress(psycopg.Error):  # it may be cut meanwhile
                    connection.rollback()

    def cut_one(self, pick: float, seconds: float) -> bool:
        return self._cut(rf"{self._pattern}\_{choose(pick, ALIASES)}")

    def cut_all(self, pick: float, seconds: float) -> bool:
        return self._cut(rf"{self._pattern}\_%")

    def _cut(self, pattern: str) -> bool:
        """Whether there was a connection to cut."""
        with closing(psycopg.connect(self._box.database_url("default"))) as connection:
            [cut] = connection.execute(CUT, [pattern]).fetchone() or [0]
        return bool(cut)


class SQLite(Databases):
    """The files in ``folder``."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextmanager
    def lock(self, alias: str) -> Iterator[bool]:
        path = self._folder / f"{alias}.sqlite3"
        with closing(sqlite3.connect(path, LOCK_TIMEOUT_SECONDS, isolation_level=None)) as database:
            try:
                database.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError:
                yield False
            else:
                yield True
                database.execute("ROLLBACK")


def databases_of(box: Sandbox) -> Databases:
    return SQLite(box.var) if box.database == "sqlite" else PostgreSQL(box)
