"""When processes are ready or have ended, and waiting until they are."""

import http.client
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from time import monotonic
from typing import Any

from config.processes import ProcessError
from config.processes.layout import HOST, Program
from config.processes.paths import RunPaths
from config.processes.supervisor import State, Supervisor

RESPONSE_TIMEOUT_SECONDS = 2
TAIL_LINES = 15
STEP_SECONDS = 0.05

Pause = Callable[[float], bool]  # waits so many seconds; True where the waiting is to end


def is_ready(program: Program, state: State, paths: RunPaths) -> bool:
    """Whether this very process has come so far. `state` is supervisord's report of it."""
    if not state.alive:
        return False
    if program.port:
        return responds(program.port)
    try:
        return paths.ready(program.name).read_text() == str(state.pid)
    except OSError:
        return False


def responds(port: int) -> bool:
    """Whether the web process on `port` reports that it is healthy."""
    connection = http.client.HTTPConnection(HOST, port, timeout=RESPONSE_TIMEOUT_SECONDS)
    try:
        connection.request("GET", "/healthz")
        # The lab's other programs do not know this address: a 404 is a response, too.
        return connection.getresponse().status < http.client.INTERNAL_SERVER_ERROR
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def announce(**_: Any) -> None:
    """A worker's handler of Celery's signal ``worker_ready``: leaves its process id for `is_ready`.

    Does nothing in a worker that supervisor did not start.
    """
    program, var = os.environ.get("SUPERVISOR_PROCESS_NAME"), os.environ.get("VAR_DIR")
    if program and var:
        RunPaths(Path(var)).ready(program).write_text(str(os.getpid()))


def await_ready(programs: Iterable[Program], paths: RunPaths, pause: Pause, seconds: float) -> None:
    """Returns when all `programs` are ready. Raises ProcessError where one fails, or time is up."""
    supervisor = Supervisor(paths)
    waiting = list(programs)
    end = monotonic() + seconds
    while waiting:
        if pause(STEP_SECONDS):
            return
        states = _states(supervisor)
        for program in waiting:
            state = states.get(program.name)
            if state and state.failed:
                raise ProcessError(*failure(program.name, paths))
        waiting = [
            program
            for program in waiting
            if program.name not in states or not is_ready(program, states[program.name], paths)
        ]
        if waiting and monotonic() > end:
            name, log = waiting[0].name, paths.log(waiting[0].name)
            raise ProcessError(
                f"{name} is not ready after {seconds:.0f} seconds: see {log}", tail(log)
            )


def await_end(programs: Iterable[Program], paths: RunPaths, pause: Pause, seconds: float) -> None:
    """Returns when none of `programs` has a process. Raises ProcessError when time is up."""
    supervisor = Supervisor(paths)
    end = monotonic() + seconds
    while True:
        states = supervisor.states()
        alive = [program.name for program in programs if states[program.name].alive]
        if not alive or pause(STEP_SECONDS):
            return
        if monotonic() > end:
            raise ProcessError(f"{alive[0]} does not end: see {paths.log(alive[0])}")


def failure(name: str, paths: RunPaths) -> tuple[str, str]:
    """The report of a process that keeps failing: a line, and the end of its log."""
    log = paths.log(name)
    return f"{name} keeps failing; the end of {log}:", tail(log)


def tail(log: Path) -> str:
    """The last lines of `log`, indented."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - 8_000))
            lines = file.read().decode(errors="replace").splitlines()
    except OSError:
        return ""
    return "\n".join(f"    {line}" for line in lines[-TAIL_LINES:])


def _states(supervisor: Supervisor) -> dict[str, State]:
    try:
        return supervisor.states()
    except ProcessError:  # it has only just been started
        return {}
