"""What the parts of one run share: its processes and network, and when and where it ran.

``python -m comparison.lab POSTS SEED`` makes, migrates and fills the databases of a sandbox.
"""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from msgspec.structs import replace

from lab.data import blog
from lab.databases import prepare_databases
from lab.faults import Fault, Injected, injecting
from lab.http import Network
from lab.records import commit, machine, versions
from lab.sandbox import sandbox
from lab.stack import Stack, free_port, reading

SEED = 20_240_229
PACKAGES = ("Django", "djangorestframework", "granian", "celery", "msgspec")

Report = Callable[[str], None]  # shows what is being measured: one short line


@dataclass(frozen=True)
class Target:
    """What is broken for a while: ``services`` whose processes are killed, or made slow or made to
    fail; or ``databases`` (aliases), for every client."""

    name: str
    title: str
    services: tuple[str, ...] = ()
    databases: tuple[str, ...] = ()


@contextmanager
def outage(
    stack: Stack, target: Target, fault: Fault | None = None, *others: str
) -> Iterator[Callable[[], Injected]]:
    """``target`` is broken inside the context, and whole again after it. Yields what counts the
    faults so far, in all processes.

    Without a ``fault`` it is down: a process is killed, in the middle of whatever it does, and what
    it refuses is not counted; a database fails every statement. A database's fault applies to the
    processes at the addresses ``others``, too."""
    if target.services and not fault:
        stack.kill(*target.services)
        try:
            yield Injected
        finally:
            stack.start(*target.services)
        return
    at = stack.addresses
    addresses = [at[name] for name in target.services] or [*at.values(), *others]
    fault = replace(fault or Fault(mode="failing"), databases=target.databases)
    with injecting(addresses, fault) as injected:
        yield injected


class Lab(ExitStack):
    """As a context. ``network`` is the measuring client's."""

    def __init__(self) -> None:
        super().__init__()
        self.network = Network()
        self.callback(self.network.close)
        self._reading: Stack | None = None
        self._posts = 0

    def reading(self, posts: int, *, exactly: bool = False) -> Stack:
        """The processes that a page is read from, with at least so many posts, or exactly so many:
        the same ones for all parts of the run that only read."""
        if self._reading is None:
            box = self.enter_context(sandbox())
            self._reading = self.enter_context(Stack(box, reading(free_port())))
            self._reading.launch()  # they come up while the databases are filled
        if self._posts < posts or (exactly and self._posts != posts):
            self._reading.box.run("comparison.lab", posts, SEED)
            self._posts = posts
        self._reading.await_ready()
        return self._reading

    def has_written(self) -> None:
        """The reading processes' databases are to be filled anew for the next part that reads."""
        self._posts = 0


def about(command: str, quick: bool, database: str) -> dict[str, Any]:
    """JSON-ready, as ``results.About`` reads it."""
    date = datetime.now(UTC).isoformat(timespec="seconds")
    run = {"date": date, "command": command, "quick": quick, "database": database}
    found = versions(PACKAGES, sqlite=database == "sqlite")
    return {**run, "commit": commit(), "machine": machine(), "versions": found}


if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "lab.settings"  # it has the monolith's database
    prepare_databases()
    from comparison.loading import load  # it needs the models

    load(blog(*map(int, sys.argv[1:])))
