"""Checks before anything is started: the port, and whether another run is there already.

Each raises ProcessError. (What needs Django is checked in prepare.py, a process of its own.)
"""

import fcntl
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from time import monotonic, sleep

from config.processes import ProcessError
from config.processes.layout import HOST, Layout
from config.processes.paths import RunPaths
from config.processes.supervisor import STOP_SECONDS, Supervisor

MAX_PORT = 65_535


def port_of(environment: Mapping[str, str]) -> int:
    """``PORT``, 8000 where it is not set."""
    value = environment.get("PORT") or "8000"
    try:
        port = int(value)
    except ValueError:
        port = 0
    if not 0 < port <= MAX_PORT:
        raise ProcessError(f"PORT={value} is no port: choose a number such as 8000")
    return port


@contextmanager
def run_lock(paths: RunPaths) -> Iterator[None]:
    """Holds the lock of `paths` for as long as something runs there. The kernel gives it back."""
    with (paths.run / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise ProcessError(
                f"already running, with its data in {paths.var}: stop that one first (Ctrl+C), "
                "or set VAR_DIR and PORT for a second one"
            ) from error
        _wait_for_an_ending_run(paths)
        yield


def check_ports(layout: Layout) -> None:
    needed = len(layout.webs)
    if layout.port + needed - 1 > MAX_PORT:
        raise ProcessError(
            f"PORT={layout.port} is too high: {needed} ports in a row are needed, and there are "
            f"none after {MAX_PORT}; choose a number such as 8000"
        )
    for program in layout.webs:
        if program.port and _in_use(program.port):
            raise ProcessError(
                f"port {program.port} is in use: stop what uses it, or choose another "
                f"with PORT={_suggestion(layout)}"
            )


def _wait_for_an_ending_run(paths: RunPaths) -> None:
    """The processes of a command that was killed need a moment to end."""
    supervisor = Supervisor(paths)
    end = monotonic() + STOP_SECONDS + 5
    while supervisor.responds():
        if monotonic() > end:
            raise ProcessError(f"an earlier run still has processes: see make status, {paths.logs}")
        sleep(0.1)


def _in_use(port: int) -> bool:
    """Connects first: a server that shares its port would let us bind it."""
    with socket.socket() as connection:
        connection.settimeout(1)
        if connection.connect_ex((HOST, port)) == 0:
            return True
    with socket.socket() as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            server.bind((HOST, port))
        except OSError:
            return True
    return False


def _suggestion(layout: Layout) -> int:
    """A port near by that is followed by enough free ones."""
    needed = len(layout.webs)
    for start in range(layout.port + 10, MAX_PORT - needed, 10):
        if not any(_in_use(port) for port in range(start, start + needed)):
            return start
    return 8000
