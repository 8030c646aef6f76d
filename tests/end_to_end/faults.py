"""What can go wrong with a process of ours, made to happen in this one: it dies between any two
statements or commits, or a database does not answer."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Any
from unittest.mock import patch

from django.db import OperationalError, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from eventstore.tasks import Outage


class Died(BaseException):
    """The process is gone: no handler of errors sees this one."""


class Faults:
    """``dies`` counts the moments down that are left to live, where it is no None. A moment is
    before a statement, before a commit, or after one. ``down`` names databases that do not answer.
    """

    def __init__(self) -> None:
        self.dies: int | None = None
        self.down: set[str] = set()

    @contextmanager
    def installed(self) -> Iterator[None]:
        with ExitStack() as stack:
            connection: Any
            for connection in connections.all():
                here = partial(self._execute, connection.alias)
                stack.enter_context(connection.execute_wrapper(here))
                committing = partial(self._commit, connection, connection._commit)
                stack.enter_context(patch.object(connection, "_commit", committing))
            yield

    def attempt(self, dies: int | None, action: Callable[[], object]) -> bool:
        """Do this, and die after so many moments. False where it died, or a database was down;
        what was open is then rolled back, what was to follow a commit does not happen."""
        self.dies = dies
        try:
            action()
        except Died:
            for connection in connections.all():
                _forget(connection)
            return False
        except (OperationalError, Outage):
            if not self.down:
                raise
            return False
        finally:
            self.dies = None
        return True

    @contextmanager
    def none(self) -> Iterator[None]:
        """Reads the present state, undisturbed."""
        down, self.down = self.down, set()
        try:
            yield
        finally:
            self.down = down

    def _execute(self, alias: str, execute: Any, *arguments: Any) -> Any:
        self._moment()
        if alias in self.down:
            raise OperationalError(f"{alias} does not answer")
        return execute(*arguments)

    def _commit(self, connection: Any, commit: Callable[[], None]) -> None:
        try:
            self._moment()
        except Died:
            connection.rollback()
            raise
        commit()
        self._moment()

    def _moment(self) -> None:
        if self.dies is None:
            return
        if self.dies == 0:
            self.dies = None
            raise Died
        self.dies -= 1


def _forget(connection: BaseDatabaseWrapper) -> None:
    """What ends with a process: its open transactions, and what it was to do after a commit."""
    assert not connection.in_atomic_block
    connection.run_on_commit = []
    connection.run_commit_hooks_on_set_autocommit_on = False
    if connection.vendor == "sqlite":  # closed, one in memory would be gone
        if connection.connection.in_transaction:
            connection.connection.rollback()
    else:
        connection.close()
