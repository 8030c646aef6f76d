"""Runs the columns, all at once, and reads what their processes take: CPU time, memory,
connections to databases. Only one of them is not stopped at a time."""

import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cached_property
from itertools import count
from urllib.parse import urlsplit

import msgspec
import psutil

from comparison.cost.blog import Blog
from comparison.cost.results import Memory, Process
from comparison.cost.results import Running as RunningCell
from comparison.cost.stored import Filled
from comparison.cost.ways import COLUMNS, Column
from comparison.lab import SEED, Lab
from lab.errors import LabFailed
from lab.http import Client
from lab.stack import Stack, free_port

PORTS = 8  # of a column
DATABASE_PORTS = {"postgres": 5432, "postgresql": 5432, "mysql": 3306}

Processes = Mapping[str, psutil.Process]
"""By the name of their program; children are numbered: ``web, child 1``."""


@dataclass
class Running:
    """A column whose processes run. ``filled`` is what its databases held before anything was
    written to the blog."""

    column: Column
    stack: Stack
    blog: Blog
    filled: Filled

    @property
    def name(self) -> str:
        return self.column.name

    @cached_property
    def processes(self) -> dict[str, psutil.Process]:
        found = {}
        for name, pid in self.stack.leaders.items():
            leader = psutil.Process(pid)
            found[name] = leader
            for number, child in enumerate(leader.children(recursive=True), start=1):
                found[f"{name}, child {number}"] = child
        return found

    @property
    def database_port(self) -> int | None:
        """Of the databases' server; None where they are files."""
        url = urlsplit(self.stack.box.environment.get("DATABASE_URL", ""))
        return url.port or DATABASE_PORTS.get(url.scheme)

    @contextmanager
    def resumed(self) -> Iterator[None]:
        """Its processes run, and have done what they had left to do; then they are stopped."""
        # A server closes connections that are idle for long; on one of them a write may not be
        # sent twice.
        self.blog.client.close()
        self.stack.resume()
        try:
            self.blog.settle()
            yield
        finally:
            self.stack.pause()

    def cell(self) -> RunningCell:
        return RunningCell(
            column=self.name,
            programs=len(self.stack.plan.programs),
            processes=len(self.processes),
            databases=len(self.filled.aliases),
            connections=connections(self.processes, self.database_port),
        )


@contextmanager
def all_running(lab: Lab, posts: int) -> Iterator[list[Running]]:
    """All columns, prepared and started together, each with the same blog of so many posts."""
    with ExitStack() as opened:
        boxes = [opened.enter_context(lab.sandbox(**column.settings)) for column in COLUMNS]
        with ThreadPoolExecutor(len(COLUMNS)) as pool:
            filled = list(
                pool.map(lambda box: box.run("comparison.cost.stored", posts, SEED), boxes)
            )
        ports = count(free_port(PORTS * len(COLUMNS)), PORTS)
        stacks = [
            Stack(box, column.plan(port))
            for box, column, port in zip(boxes, COLUMNS, ports, strict=False)
        ]
        for stack in stacks:
            opened.callback(stack.kill)  # what they would still write is not needed
            stack.launch()
        runs = []
        for column, stack, found in zip(COLUMNS, stacks, filled, strict=True):
            stack.await_ready()
            blog = Blog(column, stack.addresses, Client())
            opened.callback(blog.client.close)
            runs.append(Running(column, stack, blog, msgspec.convert(found, Filled)))
        check_same_page(runs)
        yield runs


def check_same_page(runs: Sequence[Running]) -> None:
    """Raises LabFailed where the columns do not show the same."""
    pages = [running.blog.posts() for running in runs]
    for running, page in zip(runs, pages, strict=True):
        if page != pages[0]:
            raise LabFailed(f"{running.column.title} shows another page")


class Work:
    """The CPU time of some processes from now on."""

    def __init__(self, processes: Processes) -> None:
        self._processes = list(processes.values())
        self._before, self._began = self._total(), time.perf_counter()

    def seconds(self) -> float:
        return self._total() - self._before

    def share(self) -> float:
        """Of one core."""
        return self.seconds() / (time.perf_counter() - self._began)

    def beyond(self, idle: float) -> float:
        """Seconds beyond what they take at rest, a share ``idle`` of a core."""
        return self.seconds() - idle * (time.perf_counter() - self._began)

    def _total(self) -> float:
        times = [process.cpu_times() for process in self._processes]
        return sum(each.user + each.system for each in times)


def memory(column: str, processes: Processes) -> Memory:
    """PSS as if only these processes ran: a page that several of them share is counted in parts,
    a library's file once for all of them, even if others have it open. Where the system does not
    know PSS (other than Linux), USS: what each has for itself."""
    full = {name: process.memory_full_info() for name, process in processes.items()}
    known = hasattr(psutil.Process, "memory_maps")
    sizes = _pss(processes) if known else {name: info.uss for name, info in full.items()}
    return Memory(
        column=column,
        kind="PSS" if known else "USS",
        bytes=sum(sizes.values()),
        processes=[Process(name, sizes[name], info.uss, info.rss) for name, info in full.items()],
    )


def _pss(processes: Processes) -> dict[str, int]:
    owned = {name: _owned(process) for name, process in processes.items()}
    users = Counter(path for _, files in owned.values() for path in files)
    return {
        name: own + sum(size // users[path] for path, size in files.items())
        for name, (own, files) in owned.items()
    }


def _owned(process: psutil.Process) -> tuple[int, dict[str, int]]:
    """Bytes of its own (its part of what it shares with its children); bytes of files."""
    own, files = 0, {}
    for mapped in process.memory_maps(grouped=True):
        if mapped.path.startswith("/"):
            own += mapped.private_dirty  # changed: no longer the file's
            files[mapped.path] = mapped.rss - mapped.private_dirty
        else:
            own += mapped.pss
    return own, files


def connections(processes: Processes, port: int | None) -> int:
    """Open connections to databases: to a server on ``port``, else to SQLite's files."""
    if port:
        return sum(
            bool(each.raddr) and each.raddr.port == port
            for process in processes.values()
            for each in process.net_connections("tcp")
        )
    return sum(
        opened.path.endswith(".sqlite3")
        for process in processes.values()
        for opened in process.open_files()
    )
