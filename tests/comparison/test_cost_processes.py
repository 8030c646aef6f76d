"""Memory, the processor's time and connections are those of real processes."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from comparison.cost.processes import Work, connections, memory

MB = 1_000_000

FORKED = """
import os, sys
data = os.urandom(60_000_000)
child = os.fork()
if child:
    print(child, flush=True)
sys.stdin.read()
"""
BUSY = """
import sys, time
print("ready", flush=True)
sys.stdin.readline()
end = time.process_time() + 0.3
while time.process_time() < end: pass
print("done", flush=True)
sys.stdin.read()
"""
OPEN = """
import sqlite3, sys
kept = [sqlite3.connect(sys.argv[1]) for _ in range(3)]
for connection in kept: connection.execute("SELECT * FROM sqlite_master").fetchall()
print("ready", flush=True)
sys.stdin.read()
"""


@contextmanager
def running(program: str, *arguments: str) -> Iterator["subprocess.Popen[str]"]:
    process = subprocess.Popen(
        [sys.executable, "-c", program, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        yield process  # its end is that of its input


def heard(process: "subprocess.Popen[str]") -> str:
    assert process.stdout
    return process.stdout.readline().strip()


@pytest.mark.skipif(sys.platform != "linux", reason="PSS is known on Linux alone")
def test_a_page_that_processes_share_is_counted_once() -> None:
    with running(FORKED) as parent:
        child = int(heard(parent))
        found = memory({"parent": psutil.Process(parent.pid), "child": psutil.Process(child)})

    assert found["kind"] == "PSS"
    each = {process["name"]: process for process in found["processes"]}
    assert all(process["rss_bytes"] > 60 * MB for process in each.values())
    assert 60 * MB < found["bytes"] < 100 * MB
    assert found["bytes"] == sum(process["bytes"] for process in each.values())
    assert 28 * MB < each["child"]["bytes"] < 60 * MB


@pytest.mark.skipif(sys.platform != "linux", reason="PSS is known on Linux alone")
def test_the_pages_of_a_library_are_nobody_elses() -> None:
    """PSS itself would be less: this very process has the same files open."""
    with running(FORKED) as parent:
        child = int(heard(parent))
        processes = [psutil.Process(parent.pid), psutil.Process(child)]
        found = memory({str(each.pid): each for each in processes})
        pss = sum(each.memory_full_info().pss for each in processes)

    assert pss < found["bytes"] < sum(each["rss_bytes"] for each in found["processes"])


def test_the_time_of_the_processor_is_counted_and_rest_is_left_out() -> None:
    with running(BUSY) as process:
        heard(process)
        work = Work({"busy": psutil.Process(process.pid)})
        assert process.stdin
        process.stdin.write("go\n")
        process.stdin.flush()
        assert heard(process) == "done"

        assert work.seconds() == pytest.approx(0.3, abs=0.1)
        assert 0 < work.share() <= 1.1
        assert work.beyond(0.5) < work.beyond(0.0)


def test_open_databases_are_counted(tmp_path: Path) -> None:
    with running(OPEN, str(tmp_path / "a.sqlite3")) as process:
        heard(process)

        assert connections({"open": psutil.Process(process.pid)}, None) == 3
