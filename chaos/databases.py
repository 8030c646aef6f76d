"""What happens to databases: connections are cut, a write lock is held."""

import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import LiteralString

from benchmarks import servers
from benchmarks.sandbox import ALIASES, Sandbox
from chaos.faults import Hazard, choose

CUT: LiteralString = """
    SELECT count(*) FILTER (WHERE pg_terminate_backend(pid)) FROM pg_stat_activity
    WHERE datname LIKE %s AND pid <> pg_backend_pid()
"""


def hazards(box: Sandbox) -> list[Hazard]:
    if box.database == "postgresql":
        databases = PostgreSQL(box.name)
        return [
            Hazard("connections to one database cut", 0.6, databases.cut_one),
            Hazard("connections to all databases cut", 0.3, databases.cut_all),
        ]
    return [Hazard("write lock of a database held", 0.6, SQLite(box.var).hold, lasts=True)]


class PostgreSQL:
    """The databases whose names begin with ``name``."""

    def __init__(self, name: str) -> None:
        self._name = name.replace("_", r"\_")

    def cut_one(self, pick: float, seconds: float) -> bool:
        return self._cut(rf"{self._name}\_{choose(pick, list(ALIASES))}")

    def cut_all(self, pick: float, seconds: float) -> bool:
        return self._cut(rf"{self._name}\_%")

    def _cut(self, pattern: str) -> bool:
        """True where a connection stood, and was cut."""
        with servers.postgresql() as server:
            [cut] = server.execute(CUT, [pattern]).fetchone() or [0]
        return bool(cut)


class SQLite:
    """The files in ``folder``."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def hold(self, pick: float, seconds: float) -> bool:
        """True where the lock was got: nobody else could write meanwhile."""
        path = self._folder / f"{choose(pick, list(ALIASES))}.sqlite3"
        with closing(sqlite3.connect(path, timeout=5, isolation_level=None)) as connection:
            try:
                connection.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError:
                return False
            time.sleep(seconds)
            connection.execute("ROLLBACK")
        return True
