"""Tell an outage from a bug. A database that cannot be reached, read or written now is no fault of
the request, which may be repeated later, nor of an event, which is not parked for it."""

import traceback
from types import FrameType
from typing import Any

from django.db import Error, InterfaceError, OperationalError, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper
from django.db.migrations.executor import MigrationExecutor

SQLITE = {5, 6, 7, 8, 9, 10, 11, 13, 14, 15, 26}
"""Busy, locked, no memory, read-only, interrupted, I/O error, corrupt, full, cannot be opened, lock
protocol, no database (https://www.sqlite.org/rescode.html). Every other OperationalError on SQLite
is a wrong statement."""

SQLSTATES = ("08", "28", "3D", "40", "53", "55P03", "57", "58", "XX", "25006", "42P01")
"""PostgreSQL: connection, login, no such database, deadlock, out of something (disk, memory,
connections), no lock in time, shut down or cancelled, a system's error, an inner error; a read-only
database; a table that is missing (its database was made anew)."""

MYSQL = {
    *(3, 1021, 1026, 1030, 1114),  # it cannot write, or its disk is full
    *(1040, 1044, 1045, 1046, 1049, 1053),  # no connection, no access, no such database
    *(1146, 1158, 1159, 1160, 1161, 1205, 1213, 1412),  # no such table, network, locks, migrated
    *(1290, 1317, 1792, 1836, 1927, 1969),  # read-only, interrupted, killed
    *range(2000, 3000),  # its client has no connection
}


class DatabaseTimeout(OperationalError):
    """The database ``alias`` did not respond to one statement in time."""

    def __init__(self, message: str, alias: str) -> None:
        super().__init__(message)
        self.alias = alias


def is_outage(error: BaseException) -> bool:
    """Whether ``error`` means that a database does not respond, or cannot be written, or lacks its
    tables or, while it is migrated, some of their columns. A statement that is wrong, or data that
    it refuses, is no outage."""
    if not isinstance(error, Error):
        return False
    if is_missing_column(error):
        return (alias := database_of(error)) in connections and _is_behind(alias)
    cause = error.__cause__
    if isinstance(cause, Error):  # what followed from another error in the same transaction
        return is_outage(cause)
    if (code := getattr(cause, "sqlite_errorcode", None)) is not None:
        return code & 0xFF in SQLITE or is_missing_table(error)
    number = cause.args[0] if cause and cause.args else None
    if isinstance(number, int) and number:
        return number in MYSQL
    if state := getattr(cause, "sqlstate", None):
        return str(state).startswith(SQLSTATES)
    return isinstance(error, OperationalError | InterfaceError)


def may_be_committed(error: BaseException) -> bool:
    """Whether a COMMIT failed: if its response was lost, it may have been done."""
    return any(
        frame.f_code.co_name == "_commit"
        and issubclass(type(frame.f_locals.get("self")), BaseDatabaseWrapper)
        for frame, _ in traceback.walk_tb(error.__traceback__)
    )


def is_missing_table(error: Error) -> bool:
    """Whether a table does not exist."""
    state = getattr(error.__cause__, "sqlstate", None)
    return state in ("42P01", "42S02") or str(error).startswith("no such table")


def is_missing_column(error: Error) -> bool:
    """Whether a column does not exist."""
    state = getattr(error.__cause__, "sqlstate", None)
    texts = ("no such column", "has no column named")  # SQLite, which has no code for it
    return state in ("42703", "42S22") or any(text in str(error) for text in texts)


def _is_behind(alias: str) -> bool:
    connection = connections[alias].copy()  # the one that failed may be in a broken transaction
    try:
        return is_behind(connection)
    except Error as error:
        return is_outage(error)
    finally:
        connection.close()


def is_behind(connection: BaseDatabaseWrapper) -> bool:
    """Whether a migration is missing. Looking costs much less than running ``migrate``."""
    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def database_of(error: BaseException) -> str:
    """The alias of the database that raised ``error``; "?" if it cannot be found."""
    if isinstance(error, DatabaseTimeout):
        return error.alias
    frames = (frame for frame, _ in traceback.walk_tb(error.__traceback__))
    aliases = [alias for frame in frames if (alias := alias_in(frame))]
    return aliases[-1] if aliases else "?"


def alias_in(frame: FrameType) -> str | None:
    """The alias of the database in use by a method of Django's connections or cursors."""
    at: Any = frame.f_locals.get("self")
    # By type, not by instance: a lazy object, as a request's user, would query the database.
    connection = at.db if issubclass(type(at), CursorWrapper) else at
    return connection.alias if issubclass(type(connection), BaseDatabaseWrapper) else None


def in_one_line(error: BaseException) -> str:
    """The first line of the error's text. MariaDB's errors come as a number and a text."""
    text = str(error.args[-1]) if error.args else ""
    return text.strip().partition("\n")[0].strip() or type(error).__name__
