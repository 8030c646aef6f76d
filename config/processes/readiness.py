"""Waiting until processes are ready or have ended, and restarting those that were given up."""

import contextlib
import http.client
import os
import sys
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from time import monotonic, sleep
from typing import Any

from config.processes import ProcessError
from config.processes.layout import HOST, Layout, Program
from config.processes.paths import RunPaths
from config.processes.supervisor import STOP_SECONDS, State, Supervisor

RESPONSE_TIMEOUT_SECONDS = 2
TAIL_LINES = 15
STEP_SECONDS = 0.05
RESTART_SECONDS = 5.0  # between two attempts

Pause = Callable[[float], bool]  # waits so many seconds; True where the waiting is to end


def is_ready(program: Program, state: State, paths: RunPaths) -> bool:
    """Whether this very process has come so far. `state` is supervisord's report of it."""
    if program.port:
        return state.alive and responds(program.port)
    with contextlib.suppress(OSError):
        return state.alive and paths.ready(program.name).read_text() == str(state.pid)
    return False


def responds(port: int) -> bool:
    """Whether the web process on `port` reports that it is healthy."""
    connection = http.client.HTTPConnection(HOST, port, timeout=RESPONSE_TIMEOUT_SECONDS)
    with contextlib.closing(connection), contextlib.suppress(OSError, http.client.HTTPException):
        connection.request("GET", "/healthz")
        # The lab's other programs do not know this address: a 404 is a response, too.
        return connection.getresponse().status < http.client.INTERNAL_SERVER_ERROR
    return False


def announce(**_: Any) -> None:
    """A worker's handler of Celery's signal ``worker_ready``: leaves its process id for `is_ready`,
    if supervisor started it."""
    program, var = os.environ.get("SUPERVISOR_PROCESS_NAME"), os.environ.get("VAR_DIR")
    if program and var:
        RunPaths(Path(var)).ready(program).write_text(str(os.getpid()))


def await_ready(programs: Iterable[Program], paths: RunPaths, pause: Pause, seconds: float) -> None:
    """Returns when all `programs` are ready. Raises ProcessError where one fails, or time is up."""
    supervisor, waiting = Supervisor(paths), list(programs)
    end = monotonic() + seconds
    while waiting and not pause(STEP_SECONDS):
        states: dict[str, State] = {}
        with contextlib.suppress(ProcessError):  # it has only just been started
            states = supervisor.states()
        for program in [each for each in waiting if each.name in states]:
            state = states[program.name]
            if state.failed:
                raise ProcessError(*failure(program.name, paths))
            if is_ready(program, state, paths):
                waiting.remove(program)
        if waiting and monotonic() > end:
            name, log = waiting[0].name, paths.log(waiting[0].name)
            raise ProcessError(
                f"{name} is not ready after {seconds:.0f} seconds: see {log}", tail(log)
            )


def await_end(programs: Iterable[Program], paths: RunPaths) -> None:
    """Returns when none of `programs` has a process. Raises ProcessError when time is up."""
    supervisor, end = Supervisor(paths), monotonic() + STOP_SECONDS + 5
    while True:
        states = supervisor.states()
        alive = [program.name for program in programs if states[program.name].alive]
        if not alive:
            return
        if monotonic() > end:
            raise ProcessError(f"{alive[0]} does not end: see {paths.log(alive[0])}")
        sleep(STEP_SECONDS)


def failure(name: str, paths: RunPaths) -> tuple[str, str]:
    """The report of a process that keeps failing: a line, and the end of its log."""
    log = paths.log(name)
    return f"{name} keeps failing; the end of {log}:", tail(log)


def tail(log: Path) -> str:
    """The last lines of `log`, indented."""
    lines: deque[str] = deque(maxlen=TAIL_LINES)
    with contextlib.suppress(OSError), log.open(errors="replace") as file:
        lines.extend(f"    {line.rstrip()}" for line in file)
    return "\n".join(lines)


class Restarts:
    """supervisor gives a process up after three quick crashes; but the cause may pass, such as a
    database that is down. So it is reported once, and started again until it stays."""

    def __init__(self, plan: Layout, supervisor: Supervisor, paths: RunPaths) -> None:
        self._programs = {program.name: program for program in plan.programs}
        self._supervisor, self._paths = supervisor, paths
        self._due: dict[str, float] = {}

    def check(self, states: Mapping[str, State]) -> list[str]:
        """To be called every second or so with supervisord's report. Returns what to print."""
        now, messages = monotonic(), []
        for name, state in sorted(states.items()):
            if state.failed and name not in self._due:
                message, details = failure(name, self._paths)
                again = f"    (it is started again every {RESTART_SECONDS:.0f} seconds)"
                print(f"hindsight: {message}\n{details}\n{again}", file=sys.stderr, flush=True)
                self._due[name] = now + RESTART_SECONDS
            elif state.failed and now >= self._due[name]:
                self._due[name] = now + RESTART_SECONDS
                with contextlib.suppress(ProcessError):  # supervisor was faster, or it cannot start
                    self._supervisor.start_one(self._programs[name])
            elif name in self._due and state.name in ("RUNNING", "STOPPED"):
                del self._due[name]
                messages.append(f"{name} runs again." if state.alive else f"{name} is stopped.")
        return messages
