"""Upserts of many rows of a model without instances of it: one statement text for all of them.

What is stored is what the ORM would store. On SQLite the driver prepares the statement once. On
PostgreSQL all rows are one JSON text, which the server takes apart: that costs the client 2 µs a
row, where the same values as parameters cost 29 µs, and the server no more.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from types import NoneType
from typing import Any
from uuid import UUID

import msgspec
from django.db import models

JSON_ROWS = 1_000  # in one statement
VALUES_ROWS = 100  # in one statement, where the values are parameters

PLAIN: dict[type[models.Field[Any, Any]], type] = {
    models.BigIntegerField: int,
    models.BooleanField: bool,
    models.CharField: str,
    models.DateTimeField: datetime,
    models.IntegerField: int,
    models.PositiveIntegerField: int,
    models.PositiveSmallIntegerField: int,
    models.TextField: str,
    models.UUIDField: UUID,
}
"""What a value of these fields usually is. Others are prepared by the field, one by one."""

Row = Mapping[str, Any]  # the values of all columns, by the names of the model's attributes


def _kind(field: Any) -> type | None:
    """What a value of the field usually is; None where it has to prepare each. A relation's values
    are those of the field that it refers to."""
    return PLAIN.get(type(getattr(field, "target_field", field)))


class Upserts:
    """Upserts into the table of ``model`` (or into ``table``, quoted, which has the same columns)
    on the database of Django's ``connection``."""

    def __init__(
        self, model: type[models.Model], connection: Any, table: str | None = None
    ) -> None:
        self._connection, quote = connection, connection.ops.quote_name
        self._fields = list(model._meta.concrete_fields)
        columns = [quote(str(field.column)) for field in self._fields]
        key = quote(str(model._meta.pk.column))
        self._into = f"INSERT INTO {table or quote(model._meta.db_table)} ({', '.join(columns)})"
        self._conflict = self._overwrite(key, [each for each in columns if each != key])

    def write(self, cursor: Any, rows: Sequence[Row]) -> None:
        """Insert ``rows``, of which no two have the same key; where the key exists already,
        overwrite all other columns."""
        slots = f"({', '.join(['%s'] * len(self._fields))})"
        if self._connection.vendor != "postgresql":
            values = list(zip(*self._columns(rows), strict=True))
            cursor.executemany(f"{self._into} VALUES {slots} {self._conflict}", values)
        elif all(map(_kind, self._fields)):
            for start in range(0, len(rows), JSON_ROWS):
                self._write_json(cursor, rows[start : start + JSON_ROWS])
        else:  # its driver's executemany would begin no transaction
            for start in range(0, len(rows), VALUES_ROWS):
                some = list(zip(*self._columns(rows[start : start + VALUES_ROWS]), strict=True))
                all_slots = ", ".join([slots] * len(some))
                sql = f"{self._into} VALUES {all_slots} {self._conflict}"
                cursor.execute(sql, [value for row in some for value in row])

    def _write_json(self, cursor: Any, rows: Sequence[Row]) -> None:
        quote = self._connection.ops.quote_name
        names = [field.attname for field in self._fields]
        objects = [
            dict(zip(names, values, strict=True))
            for values in zip(*self._columns(rows), strict=True)
        ]
        selected = ", ".join(map(quote, names))
        typed = ", ".join(
            f"{quote(field.attname)} {field.cast_db_type(self._connection)}"
            for field in self._fields
        )
        incoming = f"SELECT {selected} FROM json_to_recordset(%s) AS incoming({typed})"  # noqa: S608 - names
        json = msgspec.json.encode(objects).decode()
        cursor.execute(f"{self._into} {incoming} {self._conflict}", [json])

    def _overwrite(self, key: str, others: Sequence[str]) -> str:
        if self._connection.vendor == "mysql":
            changes = ", ".join(f"{column} = VALUES({column})" for column in others or [key])
            return f"ON DUPLICATE KEY UPDATE {changes}"
        changes = ", ".join(f"{column} = excluded.{column}" for column in others)
        return f"ON CONFLICT ({key}) DO " + (f"UPDATE SET {changes}" if changes else "NOTHING")

    def _columns(self, rows: Sequence[Row]) -> Iterable[Sequence[Any]]:
        """The values of each column, as its driver takes them."""
        for field in self._fields:
            name = field.attname
            yield self._prepared(field, [row[name] for row in rows])

    def _prepared(self, field: Any, values: Sequence[Any]) -> Sequence[Any]:
        """As by the field's ``get_db_prep_save``, but all at once where they are what they usually
        are: that takes a tenth of the time."""
        kinds, vendor = set(map(type, values)) - {NoneType}, self._connection.vendor
        if kinds <= {_kind(field)}:
            if kinds <= {str, int, bool}:
                return values
            if kinds == {UUID} and vendor == "sqlite":
                return [value and value.hex for value in values]
            is_utc = kinds == {datetime} and {each.tzinfo for each in values if each} == {UTC}
            if is_utc and vendor == "sqlite":
                return [value and value.isoformat(" ")[: -len("+00:00")] for value in values]
            if vendor == "postgresql" and (is_utc or kinds == {UUID}):
                return values
        return [field.get_db_prep_save(value, self._connection) for value in values]
