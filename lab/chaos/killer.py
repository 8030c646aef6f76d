"""Kills processes with SIGKILL: those that supervisor started, and what these started."""

import contextlib
import time
from functools import partial

import psutil

from config.processes.client import Supervisor
from config.processes.errors import Problem
from config.processes.layout import SERVICES
from config.processes.places import Places
from lab.chaos.faults import Hazard, choose

ROLES = {
    "web process killed": ("web", False),
    "child of a web process killed": ("web", True),
    "worker killed": ("worker", False),
    "child of a worker killed": ("worker", True),
}
"""By kind of fault: which processes, and whether their children, which do the work."""
AMBUSH = "child killed while a write lock is held"
KINDS = (*ROLES, AMBUSH)
WEIGHTS = {"web": 0.5, "worker": 1.0}  # while a web process is away, nobody can write there
GONE_SECONDS = 5
STEP = 0.02


class Killer:
    """Of the services topology at ``places``. The command in the foreground and supervisord are
    spared: where these die, nobody is there to start anything again."""

    def __init__(self, places: Places) -> None:
        self._supervisor = Supervisor(places)

    def hazards(self) -> list[Hazard]:
        one = [
            Hazard(kind, WEIGHTS[role[0]], partial(self.kill, *role))
            for kind, role in ROLES.items()
        ]
        return [*one, Hazard("all processes killed at once", 0.1, self.kill_all)]

    def kill(self, role: str, child: bool, pick: float, seconds: float) -> bool:
        """One of this role. True where it lived, and is gone."""
        return self.kill_one(choose(pick, list(SERVICES)), role, child)

    def kill_one(self, service: str, role: str, child: bool) -> bool:
        leader = self._leader(f"{service}-{role}")
        try:
            if leader is None:
                return False
            [process] = leader.children()[:1] if child else [leader]
            process.kill()
        except (psutil.NoSuchProcess, ValueError):  # it is on its way up, or down
            return False
        return _is_gone(process)

    def kill_all(self, pick: float, seconds: float) -> bool:
        """Every one of every role, as when the power fails. True where some lived, and all are
        gone."""
        processes = []
        for program in (f"{service}-{role}" for service in SERVICES for role in ("web", "worker")):
            if leader := self._leader(program):
                with contextlib.suppress(psutil.NoSuchProcess):
                    processes += [leader, *leader.children()]
        for process in processes:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        return bool(processes) and all(map(_is_gone, processes))

    def _leader(self, program: str) -> psutil.Process | None:
        try:
            state = self._supervisor.states()[program]
            return psutil.Process(state.pid) if state.alive else None
        except (Problem, psutil.NoSuchProcess):
            return None


def _is_gone(process: psutil.Process) -> bool:
    end = time.monotonic() + GONE_SECONDS
    while time.monotonic() < end:
        try:
            if process.status() == psutil.STATUS_ZOMBIE:
                return True
        except psutil.NoSuchProcess:
            return True
        time.sleep(STEP)
    return False
