"""The faults of processes and databases: SIGKILL to the processes that supervisor started and to
their children; connections are cut, a write lock is held."""

import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from functools import partial

import psutil
import psycopg

from config.processes import ProcessError
from config.processes.layout import SERVICES, Layout
from config.processes.supervisor import Supervisor, is_ready
from lab.chaos.nemesis import FaultKind, choose
from lab.sandbox import ALIASES, Sandbox

KILLED = (  # name, weight, role, whether a child is killed, which does the work
    ("web process killed", 0.5, "web", False),  # while it is down, nobody can write there
    ("child of a web process killed", 0.5, "web", True),
    ("worker killed", 1.0, "worker", False),
    ("child of a worker killed", 1.0, "worker", True),
)
KILL_AT_LOCK = "child killed while a write lock is held"
KILLS = (*(name for name, *_ in KILLED), KILL_AT_LOCK)
EXIT_TIMEOUT_SECONDS = 5
POLL_SECONDS = 0.02
KILLED_AT_LOCK = ("posts web", "comments web", "comments worker", "moderation worker")
"""Those that publish most."""
LOCK_SECONDS = 0.7  # for writers to run into it
LOCK_TIMEOUT_SECONDS = 5
# By alias: the table where writers meet. Readers go on, as they do on SQLite.
LOCKED = {
    "default": "django_celery_results_taskresult",
    "eventstore": "eventstore_head",
    "posts": "posts_outbox",
    "comments": "comments_outbox",
    "moderation": "moderation_outbox",
    "query": "query_checkpoint",
}
CUT = """
    SELECT count(*) FILTER (WHERE pg_terminate_backend(pid)) FROM pg_stat_activity
    WHERE datname LIKE %s AND pid <> pg_backend_pid()
"""


class Faults:
    """Those of the processes of ``plan`` and the databases of ``box``. The command in the
    foreground and supervisord are spared: nobody could start them again."""

    def __init__(self, box: Sandbox, plan: Layout) -> None:
        self._box, self._plan, self._supervisor = box, plan, Supervisor(box.paths)

    def kinds(self) -> list[FaultKind]:
        kinds = [
            FaultKind(name, weight, partial(self.kill_one, role, child))
            for name, weight, role, child in KILLED
        ]
        kinds += [
            FaultKind("all processes killed at once", 0.1, self.kill_all),
            FaultKind(KILL_AT_LOCK, 2.0, self.kill_at_lock),
            FaultKind("write lock of a database held", 0.6, self.hold_lock, lasts=True),
        ]
        if self._box.database != "sqlite":
            kinds += [
                FaultKind("connections to one database cut", 0.6, partial(self.cut, ALIASES)),
                FaultKind("connections to all databases cut", 0.3, partial(self.cut, "%")),
            ]
        return kinds

    def not_ready(self) -> list[str]:
        """The names of the processes that are not up."""
        try:
            states = self._supervisor.states()
        except ProcessError:
            return ["supervisord"]
        programs, paths = self._plan.programs, self._box.paths
        return [each.name for each in programs if not is_ready(each, states[each.name], paths)]

    def kill_one(self, role: str, child: bool, pick: float, seconds: float) -> bool:
        return self.kill(choose(pick, SERVICES), role, child)

    def kill_all(self, pick: float, seconds: float) -> bool:
        """As when the power fails. Returns whether some lived, and all are gone."""
        families = [self._family(program.name) for program in self._plan.programs]
        return _kill([process for family in families for process in family])

    def kill_at_lock(self, pick: float, seconds: float) -> bool:
        """Kills a process that waits for a write lock, and so between two commits: at the event
        store's lock it has saved and not yet appended; at its service's lock it has appended and
        not yet emptied its outbox, or is about to save. A random kill rarely hits these moments.
        Returns whether the process was killed while the lock was held."""
        service, role = choose(pick, KILLED_AT_LOCK).split()
        with self.write_lock(choose(seconds % 1, ("eventstore", service))) as locked:
            if not locked:
                return False
            time.sleep(LOCK_SECONDS)
            return self.kill(service, role, child=True)

    def kill(self, service: str, role: str, child: bool) -> bool:
        """Whether it lived, and is gone."""
        family = self._family(f"{service}-{role}")
        return _kill(family[1:2] if child else family[:1])

    def hold_lock(self, pick: float, seconds: float) -> bool:
        with self.write_lock(choose(pick, ALIASES)) as locked:
            if locked:
                time.sleep(seconds)
        return locked

    @contextmanager
    def write_lock(self, alias: str) -> Iterator[bool]:
        """As long as the context lasts, nobody else can write to this database. False where the
        lock could not be acquired in time."""
        connection: sqlite3.Connection | psycopg.Connection
        if self._box.database == "sqlite":
            path, lock = self._box.var / f"{alias}.sqlite3", "BEGIN IMMEDIATE"
            connection = sqlite3.connect(path, LOCK_TIMEOUT_SECONDS, isolation_level=None)
        else:
            options = f"-c lock_timeout={LOCK_TIMEOUT_SECONDS}s"
            lock = f"LOCK TABLE {LOCKED[alias]} IN EXCLUSIVE MODE"
            connection = psycopg.connect(self._box.database_url(alias), options=options)
        with closing(connection):  # this releases the lock
            try:
                connection.execute(lock)
            except (sqlite3.OperationalError, psycopg.Error):
                yield False
            else:
                yield True

    def cut(self, aliases: Sequence[str], pick: float, seconds: float) -> bool:
        """Whether there was a connection to cut. Each alias is a pattern, ``%`` for all."""
        pattern = f"{self._box.name}_".replace("_", r"\_") + choose(pick, aliases)
        with closing(psycopg.connect(self._box.database_url("default"))) as connection:
            [number] = connection.execute(CUT, [pattern]).fetchone() or [0]
        return bool(number)

    def _family(self, program: str) -> list[psutil.Process]:
        """The process that supervisor started, and its children; none where it does not live."""
        with suppress(ProcessError, psutil.NoSuchProcess):  # it is just starting, or ending
            state = self._supervisor.states()[program]
            if state.alive:
                leader = psutil.Process(state.pid)
                return [leader, *leader.children()]
        return []


def _kill(processes: list[psutil.Process]) -> bool:
    """Whether some lived, and all are gone."""
    killed = []
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.kill()
            killed.append(process)
    return bool(killed) and all(map(_is_gone, killed))


def _is_gone(process: psutil.Process) -> bool:
    end = time.monotonic() + EXIT_TIMEOUT_SECONDS
    with suppress(psutil.NoSuchProcess):
        while process.status() != psutil.STATUS_ZOMBIE:
            if time.monotonic() > end:
                return False
            time.sleep(POLL_SECONDS)
    return True
