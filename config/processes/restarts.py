"""Restarts what supervisor has given up.

supervisor gives a process up after three quick crashes; but the cause may pass, such as a database
that is down. So each is reported once, and started again until it stays.
"""

import contextlib
import sys
from collections.abc import Mapping
from time import monotonic

from config.processes import ProcessError
from config.processes.layout import Layout
from config.processes.paths import RunPaths
from config.processes.readiness import failure
from config.processes.supervisor import State, Supervisor

RESTART_SECONDS = 5.0  # between two attempts


class Restarts:
    """The processes of ``plan`` that were given up and have not stayed since."""

    def __init__(self, plan: Layout, supervisor: Supervisor, paths: RunPaths) -> None:
        self._programs = {program.name: program for program in plan.programs}
        self._supervisor, self._paths = supervisor, paths
        self._due: dict[str, float] = {}

    def check(self, states: Mapping[str, State]) -> list[str]:
        """To be called every second or so with supervisord's report. Returns what to print."""
        now, messages = monotonic(), []
        for name, state in sorted(states.items()):
            if state.failed:
                self._restart(name, now)
            elif name in self._due and state.name in ("RUNNING", "STOPPED"):
                del self._due[name]
                messages.append(f"{name} runs again." if state.alive else f"{name} is stopped.")
        return messages

    def _restart(self, name: str, now: float) -> None:
        if name not in self._due:
            message, details = failure(name, self._paths)
            next_attempt = f"    (it is started again every {RESTART_SECONDS:.0f} seconds)"
            print(f"hindsight: {message}\n{details}\n{next_attempt}", file=sys.stderr, flush=True)
            self._due[name] = now + RESTART_SECONDS
        elif now >= self._due[name]:
            self._due[name] = now + RESTART_SECONDS
            with contextlib.suppress(ProcessError):  # supervisor was faster, or it cannot start
                self._supervisor.start_one(self._programs[name])
