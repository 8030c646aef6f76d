"""Fresh tables for a rebuild: a temporary table beside each model's own.

Only this connection sees it. It is filled while readers and the live consumer use the live table,
takes no lock and writes no journal, and is gone with the connection, whatever happens.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import connections, models


class Staging:
    """The temporary table beside ``model``'s own, on the database ``alias``."""

    def __init__(self, model: type[models.Model], alias: str) -> None:
        self.model = model
        self.connection: Any = connections[alias]
        quote = self.connection.ops.quote_name
        self._fields = list(model._meta.concrete_fields)
        self.live = quote(model._meta.db_table)
        self.fresh = quote(f"{model._meta.db_table}_fresh")
        self._incoming = quote(f"{model._meta.db_table}_incoming")
        self._columns = ", ".join(quote(str(field.column)) for field in self._fields)
        self._key = quote(str(model._meta.pk.column))
        self._overwrite = ", ".join(
            f"{quote(str(field.column))} = excluded.{quote(str(field.column))}"
            for field in self._fields
            if not field.primary_key
        )

    def create(self) -> None:
        """An empty table with the live one's columns, and a key for upserts."""
        self._execute(f"DROP TABLE IF EXISTS {self.fresh}")
        match self.connection.vendor:
            case "mysql":
                self._execute(f"CREATE TEMPORARY TABLE {self.fresh} LIKE {self.live}")
            case "postgresql":
                for table in (self.fresh, self._incoming):
                    self._execute(f"DROP TABLE IF EXISTS {table}")
                    self._execute(f"CREATE TEMPORARY TABLE {table} (LIKE {self.live})")
                self._execute(f"ALTER TABLE {self.fresh} ADD PRIMARY KEY ({self._key})")
            case _:
                self._execute(
                    f"CREATE TEMPORARY TABLE {self.fresh} AS "
                    f"SELECT {self._columns} FROM {self.live} WHERE 1 = 0"
                )
                name = self.connection.ops.quote_name(f"{self.model._meta.db_table}_fresh_key")
                table = self.fresh
                self._execute(f"CREATE UNIQUE INDEX temp.{name} ON {table} ({self._key})")

    def drop(self) -> None:
        self._execute(f"DROP TABLE IF EXISTS {self.fresh}")
        if self.connection.vendor == "postgresql":
            self._execute(f"DROP TABLE IF EXISTS {self._incoming}")

    def write(self, rows: Sequence[models.Model], gone: Sequence[Any]) -> None:
        """Upsert ``rows``, delete those with the keys ``gone``."""
        with self._together() as cursor:
            if gone:
                prepare = self.model._meta.pk.get_db_prep_value
                keys = [(prepare(key, self.connection),) for key in gone]
                cursor.executemany(f"DELETE FROM {self.fresh} WHERE {self._key} = %s", keys)
            if rows:
                self._upsert(cursor, [self._values(row) for row in rows])

    def replace_live(self) -> int:
        """Replace the live table's rows by these; returns how many. In the current transaction:
        readers see the one or the other."""
        self._execute(f"DELETE FROM {self.live}")
        return self._execute(
            f"INSERT INTO {self.live} ({self._columns}) SELECT {self._columns} FROM {self.fresh}"
        )

    def count(self) -> int:
        return int(self._rows(f"SELECT COUNT(*) FROM {self.fresh}")[0][0])

    def differing_keys(self) -> list[str]:
        """The keys of rows that differ between this and the live table, as text."""
        fresh, live = (f"SELECT {self._columns} FROM {table}" for table in (self.fresh, self.live))
        keys: set[str] = set()
        for left, right in ((fresh, live), (live, fresh)):
            rows = self._rows(f"SELECT {self._key} FROM ({left} EXCEPT {right}) AS differing")
            keys.update(str(row[0]) for row in rows)
        return sorted(keys)

    def _upsert(self, cursor: Any, values: list[tuple[Any, ...]]) -> None:
        slots = ", ".join(["%s"] * len(self._fields))
        into = f"INTO {self.fresh} ({self._columns})"
        conflict = f"ON CONFLICT ({self._key}) DO UPDATE SET {self._overwrite}"
        match self.connection.vendor:
            case "mysql":
                cursor.executemany(f"REPLACE {into} VALUES ({slots})", values)
            case "postgresql":
                with cursor.copy(f"COPY {self._incoming} ({self._columns}) FROM STDIN") as copy:
                    for row in values:
                        copy.write_row(row)
                cursor.execute(
                    f"INSERT {into} SELECT {self._columns} FROM {self._incoming} {conflict}"
                )
                cursor.execute(f"TRUNCATE {self._incoming}")
            case _:
                cursor.executemany(f"INSERT {into} VALUES ({slots}) {conflict}", values)

    def _values(self, row: models.Model) -> tuple[Any, ...]:
        return tuple(
            field.get_db_prep_save(getattr(row, field.attname), self.connection)
            for field in self._fields
        )

    @contextmanager
    def _together(self) -> Iterator[Any]:
        """One transaction, unless there is one. Not Django's: that takes SQLite's write lock."""
        with self.connection.cursor() as cursor:
            if self.connection.in_atomic_block:
                yield cursor
                return
            cursor.execute("BEGIN")
            try:
                yield cursor
            except BaseException:
                cursor.execute("ROLLBACK")
                raise
            cursor.execute("COMMIT")

    def _execute(self, sql: str) -> int:
        with self.connection.cursor() as cursor:
            cursor.execute(sql)
            return int(cursor.rowcount)

    def _rows(self, sql: str) -> list[tuple[Any, ...]]:
        with self.connection.cursor() as cursor:
            cursor.execute(sql)
            return list(cursor.fetchall())
