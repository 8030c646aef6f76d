"""What happens to databases: connections are cut, a write lock is held."""

import contextlib
import sqlite3
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from typing import LiteralString, Protocol

import psycopg

from lab.bench import servers
from lab.bench.sandbox import ALIASES, Sandbox
from lab.chaos.faults import Hazard, choose

PATIENCE = 5  # seconds to get a lock in
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


class Databases(Protocol):
    def lock(self, alias: str) -> AbstractContextManager[bool]:
        """As long as the context lasts, nobody else can write there; False where the lock was not
        to be had."""

    def hazards(self) -> list[Hazard]: ...


def of(box: Sandbox) -> Databases:
    return PostgreSQL(box.name) if box.database == "postgresql" else SQLite(box.var)


def held(databases: Databases) -> Hazard:
    """The write lock of one of the databases, for some seconds."""

    def hold(pick: float, seconds: float) -> bool:
        with databases.lock(choose(pick, list(ALIASES))) as got:
            if got:
                time.sleep(seconds)
        return got

    return Hazard("write lock of a database held", 0.6, hold, lasts=True)


class PostgreSQL:
    """The databases whose names begin with ``name``."""

    def __init__(self, name: str) -> None:
        self._name, self._pattern = name, name.replace("_", r"\_")

    def hazards(self) -> list[Hazard]:
        return [
            held(self),
            Hazard("connections to one database cut", 0.6, self.cut_one),
            Hazard("connections to all databases cut", 0.3, self.cut_all),
        ]

    @contextmanager
    def lock(self, alias: str) -> Iterator[bool]:
        where = f"{servers.url('postgresql')}/{self._name}_{alias}"
        with closing(psycopg.connect(where, options=f"-c lock_timeout={PATIENCE}s")) as connection:
            try:
                connection.execute(LOCK[alias])
            except psycopg.Error:
                yield False
            else:
                yield True
                with contextlib.suppress(psycopg.Error):  # it may be cut meanwhile
                    connection.rollback()

    def cut_one(self, pick: float, seconds: float) -> bool:
        return self._cut(rf"{self._pattern}\_{choose(pick, list(ALIASES))}")

    def cut_all(self, pick: float, seconds: float) -> bool:
        return self._cut(rf"{self._pattern}\_%")

    def _cut(self, pattern: str) -> bool:
        """True where a connection stood, and was cut."""
        with servers.postgresql() as server:
            [cut] = server.execute(CUT, [pattern]).fetchone() or [0]
        return bool(cut)


class SQLite:
    """The files in ``folder``."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def hazards(self) -> list[Hazard]:
        return [held(self)]

    @contextmanager
    def lock(self, alias: str) -> Iterator[bool]:
        path = self._folder / f"{alias}.sqlite3"
        with closing(sqlite3.connect(path, PATIENCE, isolation_level=None)) as connection:
            try:
                connection.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError:
                yield False
            else:
                yield True
                connection.execute("ROLLBACK")
