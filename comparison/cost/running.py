"""Runs the columns, all at once, and reads what their processes take: CPU time, memory,
connections to databases. Only one of them is not stopped at a time."""

import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urlsplit

import msgspec
import psutil

from comparison.cost import results
from comparison.cost.results import Memory, Process
from comparison.cost.stored import Filled
from comparison.cost.ways import COLUMNS, Blog, Column
from comparison.lab import SEED
from lab.errors import LabFailed
from lab.http import Client
from lab.sandbox import sandbox
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

    @cached_property
    def processes(self) -> Processes:
        found = {}
        for name, pid in self.stack.leaders.items():
            found[name] = psutil.Process(pid)
            for number, child in enumerate(found[name].children(recursive=True), start=1):
                found[f"{name}, child {number}"] = child
        return found

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

    def counts(self) -> results.Running:
        database_url = self.stack.box.environment.get("DATABASE_URL", "")
        return results.Running(
            column=self.column.name,
            programs=len(self.stack.plan.programs),
            processes=len(self.processes),
            databases=len(self.filled.aliases),
            connections=connections(self.processes, database_url),
        )


@contextmanager
def all_running(posts: int) -> Iterator[list[Running]]:
    """All columns, prepared and started together, each with the same blog of so many posts. Raises
    LabFailed where they do not show the same page of it."""
    with ExitStack() as opened:
        enter = opened.enter_context
        boxes = [enter(sandbox(DJANGO_SETTINGS_MODULE=each.settings)) for each in COLUMNS]
        with ThreadPoolExecutor(len(COLUMNS)) as pool:
            filled = pool.map(lambda box: box.run("comparison.cost.stored", posts, SEED), boxes)
        first_port = free_port(PORTS * len(COLUMNS))
        runs = []
        for number, (column, box, found) in enumerate(zip(COLUMNS, boxes, filled, strict=True)):
            stack = Stack(box, column.plan(first_port + PORTS * number))
            opened.callback(stack.kill)  # what they would still write is not needed
            stack.launch()
            blog = Blog(column, stack.addresses, enter(Client()))
            runs.append(Running(column, stack, blog, msgspec.convert(found, Filled)))
        pages = []
        for running in runs:
            running.stack.await_ready()
            pages.append(running.blog.page().data["results"])
            if pages[-1] != pages[0]:
                raise LabFailed(f"{running.column.title} shows another page")
        yield runs


class Work:
    """The CPU time of some processes from now on."""

    def __init__(self, processes: Processes) -> None:
        self._processes = list(processes.values())
        self._before, self._began = self._total(), time.perf_counter()

    def seconds(self, idle: float = 0.0) -> float:
        """Beyond what they take at rest, a share ``idle`` of a core."""
        return self._total() - self._before - idle * (time.perf_counter() - self._began)

    def share(self) -> float:
        """Of one core."""
        return self.seconds() / (time.perf_counter() - self._began)

    def _total(self) -> float:
        return sum(sum(process.cpu_times()[:2]) for process in self._processes)  # user, system


def memory(column: str, processes: Processes) -> Memory:
    """PSS as if only these processes ran: a page that several of them share is counted in parts,
    a library's file once for all of them, even if others have it open. Where the system does not
    know PSS (other than Linux), USS: what each has for itself."""
    full = {name: process.memory_full_info() for name, process in processes.items()}
    known = hasattr(psutil.Process, "memory_maps")
    sizes = _pss(processes) if known else {name: info.uss for name, info in full.items()}
    found = [Process(name, sizes[name], info.uss, info.rss) for name, info in full.items()]
    return Memory(column, sum(sizes.values()), "PSS" if known else "USS", found)


def _pss(processes: Processes) -> Mapping[str, int]:
    sizes: Counter[str] = Counter()
    files: dict[str, dict[str, int]] = defaultdict(dict)  # bytes by path and process
    for name, process in processes.items():
        for mapped in process.memory_maps(grouped=True):
            if mapped.path.startswith("/"):
                sizes[name] += mapped.private_dirty  # changed: no longer the file's
                files[mapped.path][name] = mapped.rss - mapped.private_dirty
            else:
                sizes[name] += mapped.pss  # its part of what it shares with its children
    for users in files.values():
        for name, size in users.items():
            sizes[name] += size // len(users)
    return sizes


def connections(processes: Processes, database_url: str) -> int:
    """Open connections to databases: to the server of this URL, else to SQLite's files."""
    url = urlsplit(database_url)
    if port := url.port or DATABASE_PORTS.get(url.scheme):
        tcp = (each for process in processes.values() for each in process.net_connections("tcp"))
        return sum(bool(each.raddr) and each.raddr.port == port for each in tcp)
    files = (opened for process in processes.values() for opened in process.open_files())
    return sum(opened.path.endswith(".sqlite3") for opened in files)
