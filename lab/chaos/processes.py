"""Faults of processes: SIGKILL to those that supervisor started, and to their children."""

import contextlib
import time
from functools import partial

import psutil

from config.processes import ProcessError
from config.processes.layout import SERVICES, Layout
from config.processes.readiness import is_ready
from config.processes.supervisor import Supervisor
from lab.chaos.databases import write_lock
from lab.chaos.nemesis import FaultKind, choose
from lab.sandbox import Sandbox

# While a web process is down, nobody can write there.
KILLED = (
    ("web process killed", 0.5, "web", False),
    ("child of a web process killed", 0.5, "web", True),
    ("worker killed", 1.0, "worker", False),
    ("child of a worker killed", 1.0, "worker", True),
)
"""Kinds of fault: name, weight, role, and whether a child is killed, which does the work."""
KILL_AT_LOCK = "child killed while a write lock is held"
KILLS = (*(name for name, *_ in KILLED), KILL_AT_LOCK)
EXIT_TIMEOUT_SECONDS = 5
POLL_SECONDS = 0.02
LOCK_SECONDS = 0.7  # for writers to run into it
KILLED_AT_LOCK = ("posts web", "comments web", "comments worker", "moderation worker")
"""Those that publish most."""


class Processes:
    """Those of ``plan``, which work in ``box``. The command in the foreground and supervisord are
    spared: nobody could start them again."""

    def __init__(self, box: Sandbox, plan: Layout) -> None:
        self._box, self._plan, self._supervisor = box, plan, Supervisor(box.paths)

    def not_ready(self) -> list[str]:
        """The names of the processes that are not up."""
        try:
            states = self._supervisor.states()
        except ProcessError:
            return ["supervisord"]
        return [
            each.name
            for each in self._plan.programs
            if not is_ready(each, states[each.name], self._box.paths)
        ]

    def fault_kinds(self) -> list[FaultKind]:
        return [
            *(
                FaultKind(name, weight, partial(self.kill_one, role, child))
                for name, weight, role, child in KILLED
            ),
            FaultKind("all processes killed at once", 0.1, self.kill_all),
            FaultKind(KILL_AT_LOCK, 2.0, self.kill_at_lock),
        ]

    def kill_one(self, role: str, child: bool, pick: float, seconds: float) -> bool:
        return self.kill(choose(pick, SERVICES), role, child)

    def kill(self, service: str, role: str, child: bool) -> bool:
        """Whether it lived, and is gone."""
        leader = self._leader(f"{service}-{role}")
        try:
            if leader is None:
                return False
            [process] = leader.children()[:1] if child else [leader]
            process.kill()
        except (psutil.NoSuchProcess, ValueError):  # it is just starting, or ending
            return False
        return _is_gone(process)

    def kill_all(self, pick: float, seconds: float) -> bool:
        """As when the power fails. Returns whether some lived, and all are gone."""
        processes = []
        for leader in filter(None, [self._leader(each.name) for each in self._plan.programs]):
            with contextlib.suppress(psutil.NoSuchProcess):
                processes += [leader, *leader.children()]
        for process in processes:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        return bool(processes) and all(map(_is_gone, processes))

    def kill_at_lock(self, pick: float, seconds: float) -> bool:
        """Kills a process that waits for a write lock, and so between two commits: at the event
        store's lock it has saved and not yet appended; at its service's lock it has appended and
        not yet emptied its outbox, or is about to save. A random kill rarely hits these moments.
        Returns whether the process was killed while the lock was held."""
        service, role = choose(pick, KILLED_AT_LOCK).split()
        with write_lock(self._box, choose(seconds % 1, ("eventstore", service))) as locked:
            if not locked:
                return False
            time.sleep(LOCK_SECONDS)
            return self.kill(service, role, child=True)

    def _leader(self, program: str) -> psutil.Process | None:
        try:
            state = self._supervisor.states()[program]
            return psutil.Process(state.pid) if state.alive else None
        except (ProcessError, psutil.NoSuchProcess):
            return None


def _is_gone(process: psutil.Process) -> bool:
    end = time.monotonic() + EXIT_TIMEOUT_SECONDS
    while time.monotonic() < end:
        try:
            if process.status() == psutil.STATUS_ZOMBIE:
                return True
        except psutil.NoSuchProcess:
            return True
        time.sleep(POLL_SECONDS)
    return False
