"""What each of the small services is, and the database that it has."""

import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar

from eventstore.contracts import Contract

HANDLED = """
CREATE TABLE IF NOT EXISTS handled (
    sequence INTEGER PRIMARY KEY, comment_id TEXT NOT NULL, post_id TEXT NOT NULL
);
"""
"""A row for each time that an event took effect: rows are only added, so twice is seen."""


class Service(ABC):
    """``hears`` are the events that it wants; ``tables`` is its schema beside ``handled``."""

    name: ClassVar[str]
    hears: ClassVar[tuple[type[Contract], ...]]
    tables: ClassVar[str] = ""

    def __init__(self, folder: Path) -> None:
        self.database = folder / f"{self.name}.sqlite3"
        with opened(self.database) as database:
            database.executescript(HANDLED + self.tables)

    @abstractmethod
    def handle(self, event: Contract) -> Contract | None:
        """Let an event that it hears take effect, in one transaction; what it has to say to that,
        if anything, comes back after the commit."""

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        with opened(self.database) as database:
            database.execute("BEGIN IMMEDIATE")
            yield database
            database.commit()


@contextmanager
def opened(path: Path) -> Iterator[sqlite3.Connection]:
    """What is not committed is rolled back."""
    database = sqlite3.connect(path, timeout=20, isolation_level=None)
    try:
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("PRAGMA synchronous=NORMAL")
        yield database
    finally:
        database.close()


def note(database: sqlite3.Connection, comment_id: object, post_id: object) -> None:
    """An event about this comment takes effect, with the transaction at hand."""
    database.execute(
        "INSERT INTO handled (comment_id, post_id) VALUES (?, ?)", (str(comment_id), str(post_id))
    )
