"""The page's read model made by hand from the same log: the driver, SQL text and dictionaries. No
handlers, no checkpoint, no retries. Catching up and rebuilding are compared with it."""

import time
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec
import psycopg
from django.db import connections

from eventstore.consumer import consumers
from lab import data

ROWS = 1_000  # events of a statement, and of a transaction
POST, COMMENT = "query_postview", "query_commentview"
COLUMNS = {
    POST: ("id", "title", "body", "author", "created_at", "slug", "former_path"),
    COMMENT: (
        *("id", "post_id", "parent_id", "author", "content", "status", "created_at"),
        *("reason", "thread_id", "thread_at"),
    ),
}

Values = tuple[Any, ...]
Rows = dict[str, dict[str, Values | None]]  # of each table, by key; None: it is deleted


class Driver:
    """A connection to the database of ``alias`` without Django. Its rows are text."""

    def __init__(self, alias: str) -> None:
        django: Any = connections[alias]
        django.ensure_connection()
        self.connection, self.vendor = django.connection, django.vendor
        self.slot = "?" if self.vendor == "sqlite" else "%s"

    def cursor(self) -> Any:
        is_postgresql = self.vendor == "postgresql"
        return psycopg.Cursor(self.connection) if is_postgresql else self.connection.cursor()

    def uuid(self, text: str) -> str:
        return text.replace("-", "") if self.vendor == "sqlite" else text

    def time(self, text: str) -> str:
        return text if self.vendor == "postgresql" else text.replace("T", " ").rstrip("Z")

    def upsert(self, cursor: Any, table: str, rows: list[Values]) -> None:
        """In one statement, where the driver does not prepare it once for all rows."""
        columns = COLUMNS[table]
        slots = f"({', '.join([self.slot] * len(columns))})"
        into = f"INSERT INTO {table} ({', '.join(columns)}) VALUES "
        if self.vendor == "mysql":
            changes = ", ".join(f"{each} = VALUES({each})" for each in columns[1:])
            end = f" ON DUPLICATE KEY UPDATE {changes}"
        else:
            changes = ", ".join(f"{each} = excluded.{each}" for each in columns[1:])
            end = f" ON CONFLICT (id) DO UPDATE SET {changes}"
        if self.vendor == "sqlite":
            cursor.executemany(into + slots + end, rows)
        else:
            values = [value for row in rows for value in row]
            cursor.execute(into + ", ".join([slots] * len(rows)) + end, values)

    def insert(self, cursor: Any, table: str, rows: list[Values]) -> None:
        """Rows that are not there yet."""
        if self.vendor != "postgresql":
            for some in data.chunks(rows, ROWS):
                self.upsert(cursor, table, some)
            return
        with cursor.copy(f"COPY {table} ({', '.join(COLUMNS[table])}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)

    def delete(self, cursor: Any, table: str, keys: list[str]) -> None:
        cursor.executemany(
            f"DELETE FROM {table} WHERE id = {self.slot}",
            [(key,) for key in keys],
        )


def upserts() -> tuple[int, float]:
    """Each thousand events is a transaction, in which a statement for each table upserts its rows.
    Returns the events and the seconds."""
    began, count, driver = time.monotonic(), 0, Driver("query")
    cursor = driver.cursor()
    for events in data.chunks(_log(), ROWS):
        cursor.execute("BEGIN")
        for table, rows in _fold(driver, events).items():
            if gone := [key for key, row in rows.items() if row is None]:
                driver.delete(cursor, table, gone)
            if there := [row for row in rows.values() if row]:
                driver.upsert(cursor, table, there)
        cursor.execute("COMMIT")
        count += len(events)
    return count, time.monotonic() - began


def fold() -> tuple[int, float]:
    """All rows are made in memory, and inserted in one transaction in the place of those that are
    there. Returns the events and the seconds."""
    began, driver = time.monotonic(), Driver("query")
    events = list(_log())
    cursor = driver.cursor()
    cursor.execute("BEGIN")
    for table in COLUMNS:
        cursor.execute(f"DELETE FROM {table}")
    for table, rows in _fold(driver, events).items():
        driver.insert(cursor, table, [row for row in rows.values() if row])
    cursor.execute("COMMIT")
    return len(events), time.monotonic() - began


def _log() -> Iterator[tuple[str, str]]:
    """Type and data of each event that query subscribes to."""
    driver = Driver("eventstore")
    types = sorted(consumers()["query"].handlers)
    wanted = ", ".join([driver.slot] * len(types))
    read = f"SELECT type, data FROM eventstore_event WHERE type IN ({wanted}) ORDER BY position"
    cursor = driver.cursor()
    cursor.execute(read, types)
    while rows := cursor.fetchmany(ROWS):
        yield from rows


def _fold(driver: Driver, events: Iterable[tuple[str, str]]) -> Rows:
    """Of each row the last state."""
    rows: Rows = {POST: {}, COMMENT: {}}
    posts, comments = rows[POST], rows[COMMENT]
    decode = msgspec.json.Decoder(dict[str, Any]).decode
    for type_, text in events:
        event = decode(text)
        if type_ in ("CommentCreated", "CommentUpdated"):
            row = _comment(driver, event)
            comments[row[0]] = row
        elif type_ in ("PostCreated", "PostUpdated"):
            row = _post(driver, event)
            posts[row[0]] = row
        elif type_ == "CommentDeleted":
            comments[driver.uuid(event["comment_id"])] = None
        else:
            posts[driver.uuid(event["post_id"])] = None
    return rows


def _post(driver: Driver, event: Mapping[str, Any]) -> Values:
    return (
        driver.uuid(event["post_id"]),
        event["title"],
        event["body"],
        event.get("author", ""),
        driver.time(event["created_at"]),
        event.get("slug", ""),
        event.get("former_path", ""),
    )


def _comment(driver: Driver, event: Mapping[str, Any]) -> Values:
    key, at = driver.uuid(event["comment_id"]), driver.time(event["created_at"])
    parent, thread, thread_at = map(event.get, ("parent_id", "thread_id", "thread_at"))
    return (
        key,
        driver.uuid(event["post_id"]),
        parent and driver.uuid(parent),
        event["author"],
        event["content"],
        event["status"],
        at,
        event.get("reason", ""),
        driver.uuid(thread) if thread else key,
        driver.time(thread_at) if thread_at else at,
    )
