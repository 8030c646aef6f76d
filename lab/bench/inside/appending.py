"""Appending, beside ``eventsourcing`` and beside a raw driver that writes the same rows to the same
database: ``python -m lab.bench.inside.appending ROUNDS``, in a sandbox.

All are equally durable: SQLite's write-ahead log with ``synchronous=NORMAL``, and on a server what
it is set to. Only ``eventsourcing`` is measured as it comes as well: on SQLite, it flushes the disk
with each commit.
"""

import re
import sqlite3
import sys
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import psycopg
from django.db import connections, transaction
from django.db.models import Model
from django.utils import timezone
from eventsourcing import sqlite as eventsourcing_sqlite
from eventsourcing.application import Application
from eventsourcing.domain import Aggregate
from eventsourcing.sqlite import SQLiteConnection, SQLiteConnectionPool

from comments.models import Outbox
from comments.services import create_comment
from eventstore import store
from eventstore.consumer import consumers
from eventstore.contracts import CommentCreated, encode
from eventstore.models import Event, Subscription
from lab.children import send
from posts.services import create_post

CONTENT = "A comment of a usual length, as people write them under a post that they like."
RELAYED = 100  # events of one commit
ONE_BY_ONE, BULKS = 200, 5  # commits of a round


def main(rounds: int) -> None:
    """Reports the events per second of each way, by round. The first round warms up."""
    ways = {**ours(), **drivers(), **eventsourcing()}
    rates: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(rounds + 1):
        for name, (events, times, act) in ways.items():
            began = time.perf_counter()
            for _ in range(times):
                act()
            if number:
                rates[name].append(events * times / (time.perf_counter() - began))
    send(rates)


Ways = dict[str, tuple[int, int, Callable[[], Any]]]
"""By name: the events of one commit, how many commits a round has, and what makes one."""


def ours() -> Ways:
    for consumer in consumers().values():  # so that it is nudged, as where its worker runs
        Subscription.seen(consumer.name, consumer.handlers)
    post_id = create_post("The post of this writer", "Its body").id

    def relay() -> None:
        with transaction.atomic(using=Outbox.alias()):
            for _ in range(RELAYED):
                Outbox.publish(_created(post_id))

    def relay_in_bulk() -> None:
        with transaction.atomic(using=Outbox.alias()):
            Outbox.publish_all(_created(post_id) for _ in range(RELAYED))

    return {
        "append": (1, ONE_BY_ONE, lambda: store.append(_events(1, post_id))),
        "comment": (1, ONE_BY_ONE, lambda: create_comment(post_id, "Ann", CONTENT)),
        "relay": (RELAYED, BULKS, relay),
        "relay in bulk": (RELAYED, BULKS, relay_in_bulk),
    }


def drivers() -> Ways:
    """Tables as ours, with their indexes, written to through the bare driver."""
    log = Copy(Event, store.ALIAS)
    outbox = Copy(Outbox, Outbox.alias())
    post_id = uuid4()

    def insert(count: int) -> None:
        log.insert(_events(count, post_id))

    def relay() -> None:
        rows = _events(RELAYED, post_id)
        outbox.insert(rows)
        log.insert(rows)
        outbox.empty()

    return {
        "driver, one": (1, ONE_BY_ONE, lambda: insert(1)),
        "driver, many": (RELAYED, BULKS, lambda: insert(RELAYED)),
        "driver, many, with an outbox": (RELAYED, BULKS, relay),
    }


class Copy:
    """A table like a model's, with its indexes, and a bare connection to it."""

    def __init__(self, model: type[Model], alias: str) -> None:
        table = model._meta.db_table
        self._table, self._last = f"bare_{table}", 0
        self._columns = [str(field.column) for field in model._meta.concrete_fields]
        self._is_sqlite = connections[alias].vendor == "sqlite"
        self._driver: Any = _sqlite(alias) if self._is_sqlite else _psycopg(alias)
        for statement in self._copying(table):
            self._driver.execute(statement)
        self._driver.commit()
        mark = "?" if self._is_sqlite else "%s"
        marks = ", ".join([mark] * len(self._columns))
        self._insert = f"INSERT INTO {self._table} ({', '.join(self._columns)}) VALUES ({marks})"

    def insert(self, events: list[store.NewEvent]) -> None:
        now, rows = timezone.now(), []
        for position, event in enumerate(events, start=self._last + 1):
            row = {**event._asdict(), "position": position, "sequence": position}
            row["appended_at"] = now
            rows.append([self._adapted(row[column]) for column in self._columns])
        self._last += len(rows)
        if self._is_sqlite:
            self._driver.execute("BEGIN IMMEDIATE")
            self._driver.executemany(self._insert, rows)
        else:
            self._driver.cursor().executemany(self._insert, rows)
        self._driver.commit()

    def empty(self) -> None:
        self._driver.execute(f"DELETE FROM {self._table}")
        self._driver.commit()

    def _adapted(self, value: Any) -> Any:
        if not self._is_sqlite:
            return value
        return (
            value.hex
            if isinstance(value, UUID)
            else str(value)
            if isinstance(value, datetime)
            else value
        )

    def _copying(self, table: str) -> list[str]:
        if not self._is_sqlite:
            return [f"CREATE TABLE {self._table} (LIKE {table} INCLUDING ALL)"]
        made = "SELECT sql FROM sqlite_master WHERE tbl_name = ? AND sql IS NOT NULL"
        found = [sql for (sql,) in self._driver.execute(made, [table])]
        return [
            re.sub(r'INDEX "', 'INDEX "bare_', sql).replace(f'"{table}"', f'"{self._table}"')
            for sql in found
        ]


def _sqlite(alias: str) -> sqlite3.Connection:
    driver = sqlite3.connect(connections[alias].settings_dict["NAME"], isolation_level=None)
    driver.execute("PRAGMA synchronous=NORMAL")
    return driver


def _psycopg(alias: str) -> psycopg.Connection[Any]:
    at = connections[alias].settings_dict
    return psycopg.connect(
        dbname=at["NAME"],
        host=at["HOST"],
        port=at["PORT"] or 5432,
        user=at["USER"],
        password=at["PASSWORD"],
    )


# --- eventsourcing


class Opinion(Aggregate):
    """What it keeps of a comment: one event, when it is created."""

    def __init__(self, post_id: UUID, author: str, content: str, status: str) -> None:
        self.post_id, self.author = post_id, author
        self.content, self.status = content, status


class NormalSync(SQLiteConnectionPool):
    """Its own leaves SQLite's default, a flush to the disk with each commit."""

    def _create_connection(self) -> SQLiteConnection:
        made = super()._create_connection()
        made._sqlite_conn.execute("PRAGMA synchronous=NORMAL")
        return made


def eventsourcing() -> Ways:
    application, post_id = _application(), uuid4()

    def saving(application: Application[UUID]) -> tuple[int, int, Callable[[], None]]:
        def save() -> None:
            application.save(Opinion(post_id, "Ann", CONTENT, "pending"))

        return 1, ONE_BY_ONE, save

    ways = {"eventsourcing": saving(application)}
    if connections[store.ALIAS].vendor == "sqlite":
        eventsourcing_sqlite.SQLiteConnectionPool = NormalSync  # type: ignore[misc]
        ways["eventsourcing, synchronous=NORMAL"] = saving(_application())
    return ways


def _application() -> Application[UUID]:
    at = connections[store.ALIAS].settings_dict
    if connections[store.ALIAS].vendor == "sqlite":
        place = {"SQLITE_DBNAME": f"{at['NAME']}.{uuid4().hex}"}
        return Application({"PERSISTENCE_MODULE": "eventsourcing.sqlite", **place})
    names = {"DBNAME": "NAME", "HOST": "HOST", "USER": "USER", "PASSWORD": "PASSWORD"}
    place = {f"POSTGRES_{name}": at[key] for name, key in names.items()}
    place["POSTGRES_PORT"] = str(at["PORT"] or 5432)
    return Application({"PERSISTENCE_MODULE": "eventsourcing.postgres", **place})


def _created(post_id: UUID) -> CommentCreated:
    return CommentCreated(
        comment_id=uuid4(),
        post_id=post_id,
        author="Ann",
        content=CONTENT,
        status="pending",
        created_at=timezone.now(),
    )


def _events(count: int, post_id: UUID) -> list[store.NewEvent]:
    found = []
    for _ in range(count):
        event, now = _created(post_id), timezone.now()
        found.append(
            store.NewEvent(
                id=uuid4(),
                type="CommentCreated",
                source="comments",
                subject=event.comment_id,
                time=now,
                data=encode(event),
                correlation_id=str(uuid4()),
                causation_id=None,
            )
        )
    return found


if __name__ == "__main__":
    main(int(sys.argv[1]))
