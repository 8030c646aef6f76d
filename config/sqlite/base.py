"""SQLite files that others delete, replace or lock, and whose disk may be full.

A connection to a file that was deleted or replaced goes on reading and writing a file that no other
process can see. Here it counts as lost, and Django opens another.

On a full disk SQLite cannot open a file whose journal is gone, not even to read it: it would first
make the journal anew. Here such a file is read as it is, until there is space.

Waiting for the lock of a file has the limits of ``eventstore/deadlines.py``, as waiting for a
server has.

SQLite has neither UUIDs nor times: what reading them from text costs is a third of a list of posts
where Django does it. Here it is less.
"""

import fcntl
import logging
import os
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any
from uuid import UUID, SafeUUID

from django.db import DatabaseError, Error, OperationalError
from django.db.backends.sqlite3 import base, operations

from eventstore.deadlines import seconds_left

log = logging.getLogger(__name__)

NO_JOURNAL = {8, 10, 13, 14}
"""Read-only, I/O error, full, cannot be opened: SQLite's errors if it cannot make its journal."""
DRIVER_SECONDS = 5.0  # its own, where none is set
HEX_DIGITS = 32  # of a UUID
LOCK_STEP_SECONDS = 1.0  # setting it for each statement would cost more than it is worth


class Operations(operations.DatabaseOperations):
    """Reads UUIDs and times as Django does, without a look at every form that they might have."""

    def convert_uuidfield_value(self, value: Any, expression: Any, connection: Any) -> Any:
        if type(value) is str and len(value) == HEX_DIGITS:
            return _uuid(value)
        return super().convert_uuidfield_value(value, expression, connection)

    def convert_datetimefield_value(self, value: Any, expression: Any, connection: Any) -> Any:
        if type(value) is datetime and not value.tzinfo and connection.timezone is UTC:
            return value.replace(tzinfo=UTC)
        return super().convert_datetimefield_value(value, expression, connection)


_UNKNOWN = SafeUUID.unknown


def _uuid(digits: str) -> UUID:
    """As ``UUID(digits)``, in 40 % of its time."""
    found = object.__new__(UUID)
    object.__setattr__(found, "int", int(digits, 16))
    object.__setattr__(found, "is_safe", _UNKNOWN)
    return found


class DatabaseWrapper(base.DatabaseWrapper):
    """Needs ``CONN_HEALTH_CHECKS``: then each request and each task checks once."""

    ops_class = Operations
    # Django's, which its stubs do not have
    health_check_enabled: bool
    health_check_done: bool
    transaction_mode: str | None
    _opened: tuple[int, int] | None = None
    _immutable = False  # opened without a journal, for reading: SQLite notices no change
    _lock_seconds = 0.0  # as the connection has it

    def get_new_connection(self, conn_params: Any) -> Any:
        self._lock_seconds = self._limit()
        conn_params = {**conn_params, "timeout": self._lock_seconds}
        if not self.is_in_memory_db():
            with suppress(OSError):  # SQLite raises an error of its own
                _create_file(self._path)
        try:
            connection, self._immutable = super().get_new_connection(conn_params), False
        except self.Database.OperationalError as error:
            code = getattr(error, "sqlite_errorcode", 0)
            if code & 0xFF not in NO_JOURNAL or self._has_journal():
                raise
            immutable = f"{self._path.as_uri()}?mode=ro&immutable=1"
            connection = super().get_new_connection({**conn_params, "database": immutable})
            if not self._immutable:  # as when it was opened before
                log.warning("%s is only read: its journal cannot be made (%s)", self.alias, error)
            self._immutable = True
        self._opened = self._file()
        return connection

    def create_cursor(self, name: Any = None) -> Any:
        if self._immutable and self._has_journal():
            raise self.Database.OperationalError("the file was written to since it was opened")
        return super().create_cursor(name)

    def _cursor(self, name: str | None = None) -> Any:
        cursor = super()._cursor(name)  # type: ignore[misc]
        self._set_limit()
        return cursor

    def perform(self, sql: str, values: Sequence[Any] = ()) -> tuple[list[Any], int]:
        """The rows of this statement, and how many it has changed. Its values are at its ``?``, of
        which it has no others. It does not go through Django's cursors, which take 7 µs for each,
        unless somebody watches the statements, or the connection is to be looked at first."""
        if (
            self.execute_wrappers
            or self.queries_logged
            or self.needs_rollback
            or self._immutable
            or self.connection is None
            or (self.health_check_enabled and not self.health_check_done)
        ):
            with self.cursor() as cursor:
                cursor.execute(sql.replace("?", "%s"), values)
                return cursor.fetchall(), cursor.rowcount
        self._set_limit()
        with self.wrap_database_errors:
            cursor = self.connection.execute(sql, values)
            return cursor.fetchall(), cursor.rowcount

    def _start_transaction_under_autocommit(self) -> None:
        self.perform(f"BEGIN {self.transaction_mode or ''}")

    def _commit(self) -> None:
        if self.queries_logged or self.connection is None:
            super()._commit()  # type: ignore[misc]
        else:
            with self.wrap_database_errors:
                self.connection.commit()

    def brief(self) -> "Brief | None":
        """A transaction for ``perform``; None where one is open."""
        return None if self.in_atomic_block or not self.autocommit else Brief(self)

    def _set_limit(self) -> None:
        """Before a statement. Raises OperationalError if no time is left for it."""
        limit = self._limit()
        if abs(limit - self._lock_seconds) > LOCK_STEP_SECONDS:
            self.connection.execute(f"PRAGMA busy_timeout = {limit * 1_000:.0f}")
            self._lock_seconds = limit

    def _limit(self) -> float:
        """How long a statement may wait for a lock. Raises OperationalError if no time is left."""
        if (left := seconds_left()) <= 0:
            raise OperationalError("the time for this request is used up")
        return min(left, self._longest)

    @cached_property
    def _longest(self) -> float:
        return float(self.settings_dict["OPTIONS"].get("timeout", DRIVER_SECONDS))

    def is_usable(self) -> bool:
        return not self._immutable and self._opened == self._file()

    @property
    def _path(self) -> Path:
        return Path(self.settings_dict["NAME"])

    def _has_journal(self) -> bool:
        """Whether the file alone is not the whole database, or may change."""
        try:
            return self._path.with_name(f"{self._path.name}-wal").stat().st_size > 0
        except OSError:
            return False

    def _file(self) -> tuple[int, int] | None:
        try:
            found = os.stat(self.settings_dict["NAME"])  # noqa: PTH116 - for every request
        except OSError:
            return None
        return found.st_dev, found.st_ino


class Brief:
    """A transaction as ``transaction.atomic`` makes it, in 7 µs of its 15. It is an outermost one,
    and its thread's connection need not be looked for."""

    def __init__(self, connection: DatabaseWrapper) -> None:
        self._connection = connection

    def __enter__(self) -> None:
        connection = self._connection
        connection.commit_on_exit, connection.needs_rollback = True, False
        connection._start_transaction_under_autocommit()
        connection.in_atomic_block = True

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        connection = self._connection
        connection.in_atomic_block = False
        if connection.closed_in_transaction:
            connection.connection = None
        elif kind or connection.needs_rollback:
            self._roll_back()
        else:
            try:
                connection._commit()
            except DatabaseError:
                self._roll_back()
                raise
            connection.errors_occurred = False
            if connection.run_on_commit:
                connection.run_and_clear_commit_hooks()

    def _roll_back(self) -> None:
        try:
            self._connection.rollback()
        except Error:
            self._connection.close()


def _create_file(path: Path) -> None:
    """If the file is missing, makes an empty one, without the journal that a deleted one may have
    left: SQLite would apply it to the new one."""
    if path.exists():
        return
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        if not path.exists():
            for journal in ("-wal", "-shm"):
                path.with_name(path.name + journal).unlink(missing_ok=True)
            path.touch(mode=0o600)  # and SQLite makes its journals alike
    finally:
        os.close(folder)
