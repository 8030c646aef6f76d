"""Tell an outage from a bug. A database that cannot be reached, read or written now is no fault of
the request, which may be repeated later, nor of an event, which is not parked for it."""

import traceback
from typing import Any

from django.db import Error, InterfaceError, OperationalError
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper

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
    *(1146, 1158, 1159, 1160, 1161, 1205, 1213),  # no such table, network, locks
    *(1290, 1317, 1792, 1836, 1927, 1969),  # read-only, interrupted, killed
    *range(2000, 3000),  # its client has no connection
}


def is_outage(error: BaseException) -> bool:
    """Whether ``error`` means that a database does not respond, or cannot be written, or lacks its
    tables. A statement that is wrong, or data that it refuses, is no outage."""
    if not isinstance(error, Error):
        return False
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


def is_missing_table(error: Error) -> bool:
    """Whether a table does not exist."""
    state = getattr(error.__cause__, "sqlstate", None)
    return state in ("42P01", "42S02") or str(error).startswith("no such table")


def database_of(error: BaseException) -> str:
    """The alias of the database that raised ``error``; "?" if it cannot be found."""
    alias = "?"
    for frame, _ in traceback.walk_tb(error.__traceback__):
        at: Any = frame.f_locals.get("self")
        # By type, not by instance: a lazy object, as a request's user, would query the database.
        connection = at.db if issubclass(type(at), CursorWrapper) else at
        if issubclass(type(connection), BaseDatabaseWrapper):
            alias = connection.alias
    return alias


def in_one_line(error: BaseException) -> str:
    """The first line of the error's text. MariaDB's errors come as a number and a text."""
    text = str(error.args[-1]) if error.args else ""
    return text.strip().partition("\n")[0].strip() or type(error).__name__
