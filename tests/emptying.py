"""Leaves the databases as the migrations left them. Django's own flush takes a second for each
test on PostgreSQL, and also throws away what migrations put there."""

from collections.abc import Iterable
from typing import Any

from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

Rows = list[tuple[Any, ...]]
NEVER_CHANGED = {"django_content_type", "auth_permission"}


class Emptying:
    """Remembers what is in the tables when it is made."""

    def __init__(self, aliases: Iterable[str]) -> None:
        self._full: dict[str, dict[str, Rows]] = {}
        self._empty: dict[str, set[str]] = {}
        for alias in aliases:
            content = _content(connections[alias])
            self._full[alias] = {table: rows for table, rows in content.items() if rows}
            self._empty[alias] = content.keys() - self._full[alias].keys()

    def restore(self, alias: str) -> None:
        """Make the tables of this alias what they were. Looking costs less than writing."""
        connection = connections[alias]
        changed: dict[str, Rows] = {table: [] for table in self._with_rows(connection)}
        full = self._full[alias].items()
        changed |= {table: rows for table, rows in full if _rows(connection, table) != rows}
        if not changed:
            return
        with connection.constraint_checks_disabled(), transaction.atomic(using=alias):
            for table, rows in changed.items():
                _fill(connection, table, rows)

    def _with_rows(self, connection: BaseDatabaseWrapper) -> list[str]:
        """Those of the empty tables that are not empty any more."""
        looks = (
            f"SELECT '{table}' WHERE EXISTS (SELECT 1 FROM {connection.ops.quote_name(table)})"
            for table in self._empty[connection.alias]
        )
        with connection.cursor() as cursor:
            cursor.execute(" UNION ALL ".join(looks))
            return [table for [table] in cursor.fetchall()]


def _content(connection: BaseDatabaseWrapper) -> dict[str, Rows]:
    tables = connection.introspection.django_table_names(only_existing=True, include_views=False)
    return {table: _rows(connection, table) for table in set(tables) - NEVER_CHANGED}


def _rows(connection: BaseDatabaseWrapper, table: str) -> Rows:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)} ORDER BY 1")
        return list(cursor.fetchall())


def _fill(connection: BaseDatabaseWrapper, table: str, rows: Rows) -> None:
    quoted = connection.ops.quote_name(table)
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {quoted}")
        for row in rows:
            slots = ", ".join(["%s"] * len(row))
            cursor.execute(f"INSERT INTO {quoted} VALUES ({slots})", row)
