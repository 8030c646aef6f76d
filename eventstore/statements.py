"""The few statements that every write has, with SQL that is made once.

Django's ORM makes it anew each time, which takes several times as long as SQLite takes to execute
it: an append took 1.6 ms of the processor with it, and takes 0.3 ms without. Values go in and come
out as those of the models' fields all the same.
"""

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any, NamedTuple

from django.db import connections, models, router
from django.db.backends.base.base import BaseDatabaseWrapper

from eventstore.rows import INSERT_ROWS
from eventstore.values import adapter

COPY_ROWS = 5  # or more: by PostgreSQL's COPY, in a third of the time of an INSERT
AS_THEY_ARE = models.CharField, models.TextField, models.IntegerField, models.BooleanField
"""Values of these fields are those of every database."""

Names = tuple[str, ...]
Row = Sequence[Any]


class Columns(NamedTuple):
    """Some of a table's columns, for SQL; and which of them have values that are adapted."""

    text: str
    marks: str
    fields: list[tuple[int, "models.Field[Any, Any]"]]


class Table:
    """A model's table in the database of its app."""

    def __init__(self, model: type[models.Model]) -> None:
        self.alias = router.db_for_write(model)
        self._quote = connections[self.alias].ops.quote_name
        self._name = self._quote(model._meta.db_table)
        self._fields = {field.attname: field for field in model._meta.concrete_fields}
        self._key = model._meta.pk
        self._where_key = f"WHERE {self._quote(str(self._key.column))}"
        self._known: dict[Names, Columns] = {}

    def insert(self, names: Names, rows: Sequence[Row], unless_known: str = "") -> int:
        """Insert ``rows`` of values of the fields ``names``; others have their default in the
        database. With ``unless_known``, the rows whose value of this field is in the table already
        are left out (see ``leaves_out``). Returns how many were inserted."""
        connection, columns = connections[self.alias], self._columns(names)
        rows = _adapted(rows, columns, connection)
        into = f"{self._name} ({columns.text})"
        end = f" ON CONFLICT ({self._quote(unless_known)}) DO NOTHING" if unless_known else ""
        with connection.cursor() as cursor:
            if connection.vendor == "sqlite":
                cursor.executemany(f"INSERT INTO {into} VALUES {columns.marks}{end}", rows)
                return int(cursor.rowcount)
            if connection.vendor == "postgresql" and len(rows) >= COPY_ROWS and not end:
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
        vendor = connections[self.alias].vendor
        return vendor == "sqlite" or (vendor == "postgresql" and rows < COPY_ROWS)

    def save(self, instance: models.Model) -> None:
        """Insert a new row of which every field has its value, as ``save(force_insert=True)`` does,
        but send no signals."""
        names = tuple(self._fields)
        self.insert(names, [[getattr(instance, name) for name in names]])
        instance._state.adding, instance._state.db = False, self.alias

    def select(self, names: Names, rest: str, values: Row = ()) -> list[Any]:
        """Rows of the fields ``names``: those that ``rest``, SQL from WHERE on, chooses."""
        connection, columns = connections[self.alias], self._columns(names)
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {columns.text} FROM {self._name} {rest}", values)
            return _converted(cursor.fetchall(), columns, connection)

    def find(self, name: str, values: Sequence[Any], names: Names) -> list[Any]:
        """The rows whose field ``name`` has one of ``values``."""
        connection, column = connections[self.alias], self._columns((name,))
        adapted = [
            value for (value,) in _adapted([(value,) for value in values], column, connection)
        ]
        marks = ", ".join(["%s"] * len(adapted))
        return self.select(names, f"WHERE {column.text} IN ({marks})", adapted) if adapted else []

    def lock(self, key: Any, names: Names) -> Any:
        """The row with this primary key, locked until the transaction ends; None if there is none.
        (A file of SQLite is locked already, since the transaction began.)"""
        connection = connections[self.alias]
        locked = " FOR UPDATE" if connection.features.has_select_for_update else ""
        value = self._key.get_db_prep_value(key, connection)
        rows = self.select(names, f"{self._where_key} = %s{locked}", [value])
        return rows[0] if rows else None

    def update(self, key: int, name: str, value: Any) -> None:
        """Set the field ``name`` of the row with this primary key, a number."""
        column = self._columns((name,)).text
        with connections[self.alias].cursor() as cursor:
            sql = f"UPDATE {self._name} SET {column} = %s {self._where_key} = %s"
            cursor.execute(sql, [value, key])

    def delete(self, keys: Iterable[int], *, may_be_lost: bool = False) -> None:
        """Delete the rows with these primary keys, numbers. With ``may_be_lost``, in a transaction
        of its own: PostgreSQL does not wait for the disk, and if the server itself crashes, they
        may be there again."""
        connection = connections[self.alias]
        numbers = ", ".join(str(int(key)) for key in keys)
        sql = f"DELETE FROM {self._name} {self._where_key} IN ({numbers})"
        if may_be_lost and connection.vendor == "postgresql" and not connection.in_atomic_block:
            sql = f"SET LOCAL synchronous_commit = off; {sql}"  # both are one transaction
        with connection.cursor() as cursor:
            cursor.execute(sql)

    def _columns(self, names: Names) -> Columns:
        if names not in self._known:
            fields = [self._fields[name] for name in names]
            text = ", ".join(self._quote(str(field.column)) for field in fields)
            adapted = [
                (n, each) for n, each in enumerate(fields) if not isinstance(each, AS_THEY_ARE)
            ]
            self._known[names] = Columns(text, f"({', '.join(['%s'] * len(names))})", adapted)
        return self._known[names]


@cache
def table(model: type[models.Model]) -> Table:
    """The table of ``model``."""
    return Table(model)


def _adapted(
    rows: Sequence[Row], columns: Columns, connection: BaseDatabaseWrapper
) -> Sequence[Row]:
    """The rows with all their values as the driver takes them."""
    if not columns.fields or not rows:
        return rows
    values = list(zip(*rows, strict=True))
    for number, field in columns.fields:
        values[number] = tuple(adapter(field, connection)(values[number]))
    return list(zip(*values, strict=True))


def _converted(rows: list[Any], columns: Columns, connection: BaseDatabaseWrapper) -> list[Any]:
    found = []
    for number, field in columns.fields if rows else ():
        column = field.cached_col
        of_database = connection.ops.get_db_converters(column)
        found += [
            (number, column, each) for each in of_database + field.get_db_converters(connection)
        ]
    if not found:
        return rows
    converted = [list(row) for row in rows]
    for row in converted:
        for number, column, convert in found:
            row[number] = convert(row[number], column, connection)
    return converted
