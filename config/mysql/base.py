"""MariaDB and MySQL whose responses have a deadline, from the login on."""

import io
from contextlib import closing, suppress
from typing import Any

from django.db.backends.mysql import base
from pymysql import Error
from pymysql.connections import Connection as Driver

from config.server_backend import ServerBackend
from eventstore.deadlines import Server, Waiting, within

CONNECT_SECONDS = 3.0
KILL_SECONDS = 1.0


class Connection(Driver):
    """Opens itself at once, as PyMySQL's do."""

    _reader: io.BufferedReader | None = None
    _sock: Any
    server_thread_id: tuple[int, ...] = ()

    def __init__(self, server: Server | None, params: dict[str, Any]) -> None:
        self._server, self._params = server, params
        super().__init__(**params)

    def connect(self, sock: Any = None) -> None:
        self._waiting = Waiting(None, CONNECT_SECONDS)
        super().connect(sock)

    def _execute_command(self, command: int, sql: str | bytes) -> None:
        self._waiting = Waiting(self._server)
        super()._execute_command(command, sql)  # type: ignore[misc]

    def _write_bytes(self, data: bytes) -> None:
        self._limit_socket()
        super()._write_bytes(data)  # type: ignore[misc]

    @property
    def _rfile(self) -> io.BufferedReader | None:
        """What PyMySQL reads from."""
        return self._reader

    @_rfile.setter
    def _rfile(self, file: io.BufferedReader | None) -> None:
        # Python's own cannot be read from any more after a timeout.
        self._reader = file and io.BufferedReader(_Reader(self))

    def _limit_socket(self) -> None:
        self._read_timeout = self._write_timeout = self._current_timeout = self._timeout()
        self._sock.settimeout(self._current_timeout)

    def _timeout(self) -> float | None:
        seconds = self._waiting.seconds
        return None if seconds == float("inf") else max(seconds, 0.001)

    def receive(self, buffer: Any) -> int:
        """As ``socket.recv_into``. Raises TimeoutError at the statement's limit."""
        while True:
            if self._waiting.seconds <= 0:
                self._look()
            self._limit_socket()
            try:
                return int(self._sock.recv_into(buffer))
            except TimeoutError:
                continue

    def _look(self) -> None:
        try:
            self._waiting.look()
        except TimeoutError:
            self._kill()
            raise

    def _kill(self) -> None:
        """What still waits for a lock there would go on, and hold its own locks meanwhile."""
        if not (self._server and self.server_thread_id and self._server.is_alive()):
            return
        params = self._params | {"connect_timeout": KILL_SECONDS, "init_command": None}
        with (
            suppress(Error),
            within(KILL_SECONDS),
            closing(Connection(None, params)) as other,
        ):
            other.query(f"KILL {self.server_thread_id[0]}")


class _Reader(io.RawIOBase):
    """The bytes that a connection receives."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        return self._connection.receive(buffer)


def is_silence(error: Error) -> bool:
    """Whether it came for want of a response, and not as one."""
    return isinstance(error.__context__, TimeoutError)


class DatabaseWrapper(ServerBackend, base.DatabaseWrapper):
    """Django's, whose connections are ours."""

    def get_new_connection(self, conn_params: dict[str, Any]) -> Connection:
        try:
            return Connection(self.server, conn_params)
        except Error as error:
            if is_silence(error):
                self.server.hangs()
            raise

    def responds(self, seconds: float) -> bool:
        params = self.get_connection_params() | {"connect_timeout": seconds}
        try:
            with within(seconds), closing(Connection(None, params)) as connection:
                connection.ping()
        except Error as error:
            return not is_silence(error)
        return True
