"""Waits for processes to be ready or to have ended, and tells of those that fail."""

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from time import monotonic

from config.processes.client import State, Supervisor
from config.processes.errors import Problem
from config.processes.layout import Program
from config.processes.places import Places
from config.processes.ready import is_ready

TAIL_LINES = 15
STEP = 0.05  # seconds

Pause = Callable[[float], bool]  # waits so many seconds; True where the waiting is to end


def await_ready(programs: Iterable[Program], places: Places, pause: Pause, seconds: float) -> None:
    """Returns when all `programs` are ready. Raises Problem where one fails, or time is up."""
    supervisor = Supervisor(places)
    waiting = list(programs)
    end = monotonic() + seconds
    while waiting:
        if pause(STEP):
            return
        states = _states(supervisor)
        for program in waiting:
            state = states.get(program.name)
            if state and state.failed:
                raise Problem(*failure(program.name, places))
        waiting = [
            program
            for program in waiting
            if program.name not in states or not is_ready(program, states[program.name], places)
        ]
        if waiting and monotonic() > end:
            name = waiting[0].name
            log = places.log(name)
            raise Problem(f"{name} is not ready after {seconds:.0f} seconds: see {log}", tail(log))


def await_end(programs: Iterable[Program], places: Places, pause: Pause, seconds: float) -> None:
    """Returns when none of `programs` has a process. Raises Problem when time is up."""
    supervisor = Supervisor(places)
    end = monotonic() + seconds
    while True:
        states = supervisor.states()
        alive = [program.name for program in programs if states[program.name].alive]
        if not alive or pause(STEP):
            return
        if monotonic() > end:
            raise Problem(f"{alive[0]} does not end: see {places.log(alive[0])}")


def failure(name: str, places: Places) -> tuple[str, str]:
    """What to say of a process that keeps failing: a line, and the end of its log."""
    log = places.log(name)
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
    except Problem:  # it has only just been started
        return {}
