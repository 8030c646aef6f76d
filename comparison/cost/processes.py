"""What the processes of a column take: memory, the processor's time, connections to databases."""

import time
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import psutil

from lab.stack import Stack

Named = Mapping[str, psutil.Process]


def named(stack: Stack) -> dict[str, psutil.Process]:
    """All processes by the names of their programs; those that they started are numbered."""
    found = {}
    for name, pid in stack.leaders.items():
        leader = psutil.Process(pid)
        found[name] = leader
        for number, child in enumerate(leader.children(recursive=True), start=1):
            found[f"{name}, child {number}"] = child
    return found


def worked(processes: Iterable[psutil.Process]) -> float:
    """Seconds of the processor that they have had so far, all together."""
    times = [process.cpu_times() for process in processes]
    return sum(each.user + each.system for each in times)


class Work:
    """The processor's time from now on."""

    def __init__(self, processes: Named) -> None:
        self._processes = list(processes.values())
        self._before, self._began = worked(self._processes), time.perf_counter()

    def seconds(self) -> float:
        return worked(self._processes) - self._before

    def share(self) -> float:
        """Of one core."""
        return self.seconds() / (time.perf_counter() - self._began)

    def beyond(self, idle: float) -> float:
        """Seconds beyond what they take at rest, a share ``idle`` of a core."""
        return self.seconds() - idle * (time.perf_counter() - self._began)


def memory(processes: Named) -> dict[str, Any]:
    """PSS in a world where only these processes run: a page that several of them share is
    counted in parts, a library's file once for all of them, whoever else has it open.
    Where the system does not tell (other than Linux), USS: what each has for itself."""
    full = {name: process.memory_full_info() for name, process in processes.items()}
    known = hasattr(psutil.Process, "memory_maps")
    sizes = _pss(processes) if known else {name: info.uss for name, info in full.items()}
    return {
        "kind": "PSS" if known else "USS",
        "bytes": sum(sizes.values()),
        "processes": [
            {"name": name, "bytes": sizes[name], "uss_bytes": info.uss, "rss_bytes": info.rss}
            for name, info in full.items()
        ],
    }


def _pss(processes: Named) -> dict[str, int]:
    owned = {name: _owned(process) for name, process in processes.items()}
    users = Counter(path for _, files in owned.values() for path in files)
    return {
        name: own + sum(size // users[path] for path, size in files.items())
        for name, (own, files) in owned.items()
    }


def _owned(process: psutil.Process) -> tuple[int, dict[str, int]]:
    """Bytes of its own (its part of what it shares with those it started); bytes of files."""
    own, files = 0, {}
    for mapped in process.memory_maps(grouped=True):
        if mapped.path.startswith("/"):
            own += mapped.private_dirty  # changed: no longer the file's
            files[mapped.path] = mapped.rss - mapped.private_dirty
        else:
            own += mapped.pss
    return own, files


def connections(processes: Named, port: int | None) -> int:
    """Open connections to databases: to a server on ``port``, else to files of SQLite's."""
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
