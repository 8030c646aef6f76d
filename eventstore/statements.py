"""The few statements that every write has, with SQL that is made once.

Django's ORM makes it anew each time, which takes several times as long as SQLite takes to execute
it: an append took 1.6 ms of the processor with it, and takes 0.3 ms without. On SQLite they go
past Django's cursors, too. Values go in and come out as those of the models' fields all the same.
"""

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from functools import cache
from typing import Any, NamedTuple

from django.db import connections, models, router, transaction
from django.utils.connection import ConnectionProxy

from eventstore.rows import INSERT_ROWS
from eventstore.values import Adapt, adapter

COPY_ROWS = 5  # or more: by PostgreSQL's COPY, in a third of the time of an INSERT
AS_THEY_ARE = models.CharField, models.TextField, models.IntegerField, models.BooleanField
"""Values of these fields are those of every database."""

Names = tuple[str, ...]
Row = Sequence[Any]


class Columns(NamedTuple):
    """Some of a table's columns, for SQL; and what makes their values those that the database
    takes, and those that it returns ours: by their places, and only where they differ."""

    text: str
    marks: str
    insert: str  # of one row
    adapters: list[tuple[int, Adapt]]
    converters: list[tuple[int, Any, str | Callable[..., Any]]]  # with its column; a name: of ops


class Table:
    """A model's table in the database of its app."""

    def __init__(self, model: type[models.Model]) -> None:
        self.alias = router.db_for_write(model)
        connection = connections[self.alias]
        self.vendor = connection.vendor
        self._mark = "?" if self.vendor == "sqlite" else "%s"
        self._quote = connection.ops.quote_name
        self._name = self._quote(model._meta.db_table)
        self._fields = {field.attname: field for field in model._meta.concrete_fields}
        self._key = model._meta.pk.attname
        self._where_key = f"WHERE {self._quote(str(model._meta.pk.column))}"
        self._known: dict[Names, Columns] = {}

    def insert(self, names: Names, rows: Sequence[Row], unless_known: str = "") -> int:
        """Insert ``rows`` of values of the fields ``names``; others have their default in the
        database. With ``unless_known``, the rows whose value of this field is in the table already
        are left out (see ``leaves_out``). Returns how many were inserted."""
        columns = self._columns(names)
        rows = _adapted(rows, columns)
        end = f" ON CONFLICT ({self._quote(unless_known)}) DO NOTHING" if unless_known else ""
        if len(rows) == 1:
            return self._perform(columns.insert + end, rows[0])[1]
        connection, into = connection_of(self.alias), f"{self._name} ({columns.text})"
        with connection.cursor() as cursor:
            if self.vendor == "sqlite":
                cursor.executemany(columns.insert + end, rows)
                return int(cursor.rowcount)
            if self.vendor == "postgresql" and len(rows) >= COPY_ROWS and not end:
                with (
                    connection.wrap_database_errors,
                    cursor.copy(f"COPY {into} FROM STDIN") as copy,
                ):
                    for row in rows:
                        copy.write_row(row)
                return len(rows)
            inserted = 0
            for start in range(0, len(rows), INSERT_ROWS):
                part = rows[start : start + INSERT_ROWS]
                marks = ", ".join([columns.marks] * len(part))
                values = [value for row in part for value in row]
                cursor.execute(f"INSERT INTO {into} VALUES {marks}{end}", values)
                inserted += cursor.rowcount
            return inserted

    def leaves_out(self, rows: int) -> bool:
        """Whether ``insert`` can leave out what is known, at no cost with so many rows."""
        return self.vendor == "sqlite" or (self.vendor == "postgresql" and rows < COPY_ROWS)

    def save(self, instance: models.Model) -> None:
        """Insert a new row of which every field has its value, as ``save(force_insert=True)`` does,
        but send no signals."""
        names = tuple(self._fields)
        self.insert(names, [[getattr(instance, name) for name in names]])
        instance._state.adding, instance._state.db = False, self.alias

    def select(self, names: Names, rest: str, values: Row = ()) -> list[Any]:
        """Rows of the fields ``names``: those that ``rest``, SQL from WHERE on with its values at
        ``%s``, chooses."""
        columns = self._columns(names)
        rest = rest.replace("%s", self._mark)
        rows, _ = self._perform(f"SELECT {columns.text} FROM {self._name} {rest}", values)
        return _converted(rows, columns, self.alias)

    def find(self, name: str, values: Sequence[Any], names: Names) -> list[Any]:
        """The rows whose field ``name`` has one of ``values``."""
        column = self._columns((name,))
        adapted = [value for (value,) in _adapted([(value,) for value in values], column)]
        marks = ", ".join(["%s"] * len(adapted))
        return self.select(names, f"WHERE {column.text} IN ({marks})", adapted) if adapted else []

    def lock(self, key: Any, names: Names) -> Any:
        """The row with this primary key, locked until the transaction ends; None if there is none.
        (A file of SQLite is locked already, since the transaction began.)"""
        locked = "" if self.vendor == "sqlite" else " FOR UPDATE"
        [values] = _adapted([(key,)], self._columns((self._key,)))
        rows = self.select(names, f"{self._where_key} = %s{locked}", values)
        return rows[0] if rows else None

    def update(self, key: int, name: str, value: Any) -> None:
        """Set the field ``name`` of the row with this primary key, a number."""
        column, mark = self._columns((name,)).text, self._mark
        sql = f"UPDATE {self._name} SET {column} = {mark} {self._where_key} = {mark}"
        self._perform(sql, (value, key))

    def delete(self, keys: Iterable[int], *, may_be_lost: bool = False) -> None:
        """Delete the rows with these primary keys, numbers. With ``may_be_lost``, in a transaction
        of its own: PostgreSQL does not wait for the disk, and if the server itself crashes, they
        may be there again."""
        numbers = ", ".join(str(int(key)) for key in keys)
        sql = f"DELETE FROM {self._name} {self._where_key} IN ({numbers})"
        may_be_lost = may_be_lost and self.vendor == "postgresql"
        if may_be_lost and not connection_of(self.alias).in_atomic_block:
            sql = f"SET LOCAL synchronous_commit = off; {sql}"  # both are one transaction
        self._perform(sql)

    def _perform(self, sql: str, values: Row = ()) -> tuple[list[Any], int]:
        """The rows of this statement, and how many it has changed."""
        connection = connection_of(self.alias)
        if self.vendor == "sqlite":
            found: tuple[list[Any], int] = connection.perform(sql, values)
            return found
        with connection.cursor() as cursor:
            cursor.execute(sql, values or None)
            return cursor.fetchall() if cursor.description else [], cursor.rowcount

    def _columns(self, names: Names) -> Columns:
        if names not in self._known:
            connection = ConnectionProxy(connections, self.alias)  # of the thread that uses it
            fields = [self._fields[name] for name in names]
            different = [
                (number, field)
                for number, field in enumerate(fields)
                if not isinstance(field, AS_THEY_ARE)
            ]
            text = ", ".join(self._quote(str(field.column)) for field in fields)
            marks = f"({', '.join([self._mark] * len(names))})"
            self._known[names] = Columns(
                text,
                marks,
                f"INSERT INTO {self._name} ({text}) VALUES {marks}",
                [(number, adapter(field, connection)) for number, field in different],
                [
                    each
                    for number, field in different
                    for each in _converters(number, field, connection)
                ],
            )
        return self._known[names]


@cache
def table(model: type[models.Model]) -> Table:
    """The table of ``model``."""
    return Table(model)


class _Connections(threading.local):
    """This thread's, by alias."""

    def __init__(self) -> None:
        self.known: dict[str, Any] = {}


_connections = _Connections()


def connection_of(alias: str) -> Any:
    """``connections[alias]``, without the 2 µs that finding it takes: a thread keeps its own."""
    known = _connections.known
    if alias not in known:
        known[alias] = connections[alias]
    return known[alias]


def brief(alias: str) -> AbstractContextManager[Any]:
    """``transaction.atomic(using=alias)``, on SQLite in half of its time."""
    connection = connection_of(alias)
    short = connection.brief() if connection.vendor == "sqlite" else None
    return short or transaction.atomic(using=alias)


def _adapted(rows: Sequence[Row], columns: Columns) -> Sequence[Row]:
    """The rows with all their values as the driver takes them."""
    if not columns.adapters or not rows:
        return rows
    values = list(zip(*rows, strict=True))
    for number, adapt in columns.adapters:
        values[number] = tuple(adapt(values[number]))
    return list(zip(*values, strict=True))


def _converters(
    number: int, field: "models.Field[Any, Any]", connection: Any
) -> Iterator[tuple[int, Any, str | Callable[..., Any]]]:
    column, ops = field.cached_col, connection.ops
    for convert in ops.get_db_converters(column):
        is_method = getattr(convert, "__self__", None) is ops
        yield number, column, convert.__name__ if is_method else convert
    for convert in field.get_db_converters(connection):
        yield number, column, convert


def _converted(rows: list[Any], columns: Columns, alias: str) -> list[Any]:
    if not rows or not columns.converters:
        return rows
    connection, converted = connection_of(alias), [list(row) for row in rows]
    for number, column, convert in columns.converters:
        if isinstance(convert, str):
            convert = getattr(connection.ops, convert)
        for row in converted:
            row[number] = convert(row[number], column, connection)
    return converted
