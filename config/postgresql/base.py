"""PostgreSQL whose responses have a deadline, directly or through a pooler of connections, such as
pgbouncer: nothing depends on a session, so that each transaction may have another one."""

from collections.abc import Generator
from contextlib import closing, suppress
from math import ceil
from types import ModuleType
from typing import Any, TypeVar

import psycopg
from django.db.backends.postgresql import base
from psycopg import generators
from psycopg.pq import ExecStatus, TransactionStatus

from config.server_backend import ServerBackend
from eventstore.deadlines import Server, Waiting, seconds_left, within
from eventstore.durability import is_repeatable

CANCEL_SECONDS = 1.0
MAX_PID = 1 << 22  # on Linux
LOCK_TIMEOUT_SECONDS = 20.0
IDLE_TRANSACTION_SECONDS = 30.0
"""After so long without a statement the server ends a transaction: its client, of which nothing may
be heard any more, would hold its locks for ever."""

Result = TypeVar("Result")
Steps = Generator[Any, Any, Result]


class NoResponse(psycopg.OperationalError):
    """The server did not respond in time. The connection is closed."""


class Connection(psycopg.Connection[Any]):
    """``server`` is set when it has been opened."""

    server: Server | None = None

    def wait(self, gen: Steps[Result], *args: Any, **kwargs: Any) -> Result:
        return super().wait(self._watched(gen), *args, **kwargs)

    def _watched(self, steps: Steps[Result]) -> Steps[Result]:
        """psycopg resumes it with what is ready, or with nothing, ten times a second."""
        waiting = Waiting(self.server)
        try:
            wanted = next(steps)
            while True:
                ready = yield wanted
                if waiting.seconds <= 0:
                    self._look(waiting)
                wanted = steps.send(ready)
        except StopIteration as end:
            result: Result = end.value
            return result

    def _look(self, waiting: Waiting) -> None:
        try:
            waiting.look()
        except TimeoutError as error:
            self._cancel()
            self.pgconn.finish()
            raise NoResponse(str(error)) from None

    def _cancel(self) -> None:
        """What still waits for a lock there would go on, and hold its own locks meanwhile."""
        if not (self.server and self.server.is_alive()):
            return
        # A pooler invents the number of the process. pgbouncer 1.18 dies of requests to cancel what
        # a paused server does, and without one, lock_timeout ends the waiting.
        is_direct = 0 < self.pgconn.backend_pid <= MAX_PID
        if is_direct and psycopg.capabilities.has_cancel_safe():
            with suppress(psycopg.Error):
                self.cancel_safe(timeout=CANCEL_SECONDS)

    def _start_query(self) -> Steps[None]:
        """Begins a transaction, where none is open, with its limits. An option of the
        session would be refused by a pooler, or lost in the next session."""
        if self.autocommit or self.pgconn.transaction_status != TransactionStatus.IDLE:
            return
        limit = round(1_000 * min(LOCK_TIMEOUT_SECONDS, max(seconds_left(), 0.001)))
        idle = round(1_000 * IDLE_TRANSACTION_SECONDS)
        statements = [
            self._get_tx_start_command(),
            b"SET LOCAL lock_timeout = %d" % limit,
            b"SET LOCAL idle_in_transaction_session_timeout = %d" % idle,
        ]
        if is_repeatable():
            statements.append(b"SET LOCAL synchronous_commit = off")
        if self._pipeline:  # for executemany(): each on its own, their results with the others
            for each in statements:
                yield from self._exec_command(each)
            yield from self._pipeline._sync_gen()
            return
        self.pgconn.send_query(b"; ".join(statements))
        for result in (yield from generators.execute(self.pgconn)):
            if result.status != ExecStatus.COMMAND_OK:
                raise psycopg.errors.error_from_result(result)


driver = ModuleType("psycopg")
driver.__dict__.update(vars(psycopg), connect=Connection.connect)


class DatabaseWrapper(ServerBackend, base.DatabaseWrapper):
    """Django's, whose connections are ours."""

    Database = driver

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        try:
            connection = super().get_new_connection(conn_params)
        except psycopg.errors.ConnectionTimeout:
            self.server.hangs()
            raise
        connection.server = self.server
        return connection

    def is_pooled(self) -> bool:
        """Whether a pooler stands between, where the session of a temporary table may be another's
        the next time. It invents the number that a client gets for its server process."""
        with self.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            [pid] = cursor.fetchone()
        return bool(pid != self.connection.pgconn.backend_pid)

    def responds(self, seconds: float) -> bool:
        params = self.get_connection_params() | {"connect_timeout": ceil(seconds)}
        with within(seconds):
            try:
                with closing(Connection.connect(**params, autocommit=True)) as connection:
                    connection.execute("SELECT 1")
            except (psycopg.errors.ConnectionTimeout, NoResponse):
                return False
            except psycopg.Error:
                return True
        return True
