"""Processes that keep dying. supervisor gives one up after three quick deaths; but what they die of
may pass, as a database that is down. So each is told of once, and started again until it stays."""

import contextlib
import sys
from collections.abc import Mapping
from time import monotonic

from config.processes.client import State, Supervisor
from config.processes.errors import Problem
from config.processes.layout import Layout
from config.processes.places import Places
from config.processes.texts import say
from config.processes.waiting import failure

AGAIN = 5.0  # seconds until one that was given up is started again


class Failing:
    """Those of the processes of ``plan`` that were given up and have not stayed since."""

    def __init__(self, plan: Layout, supervisor: Supervisor, places: Places) -> None:
        self._programs = {program.name: program for program in plan.programs}
        self._supervisor, self._places = supervisor, places
        self._due: dict[str, float] = {}

    def look(self, states: Mapping[str, State]) -> None:
        """To be called every second or so with what supervisord says."""
        now = monotonic()
        for name, state in sorted(states.items()):
            if state.failed:
                self._try_again(name, now)
            elif name in self._due and state.name in ("RUNNING", "STOPPED"):
                del self._due[name]
                say(f"{name} runs again." if state.alive else f"{name} is stopped.")

    def _try_again(self, name: str, now: float) -> None:
        if name not in self._due:
            message, details = failure(name, self._places)
            again = f"    (it is started again every {AGAIN:.0f} seconds)"
            print(f"hindsight: {message}\n{details}\n{again}", file=sys.stderr, flush=True)
            self._due[name] = now + AGAIN
        elif now >= self._due[name]:
            self._due[name] = now + AGAIN
            with contextlib.suppress(Problem):  # it was faster, or cannot even be started
                self._supervisor.start_one(self._programs[name])
