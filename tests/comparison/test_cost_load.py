"""Staleness under load: the writer keeps its rate, the observer sees each comment when it is final;
memory, CPU time and connections are those of real processes."""

import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import Any, cast

import psutil
import pytest

from comparison.cost import measure
from comparison.cost.measure import achieved, observe
from comparison.cost.running import Blog, Work, connections, memory
from lab.http import NoResponse
from lab.load import Sent, open_loop

TIMEOUT_SECONDS = 20
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


def test_a_write_is_sent_when_it_is_due_while_others_wait_for_their_responses() -> None:
    last_was_sent = Event()
    began: dict[int, float] = {}

    def write(number: int) -> None:
        began[number] = time.perf_counter()
        if number == 9:
            last_was_sent.set()
        assert last_was_sent.wait(TIMEOUT_SECONDS)  # one that waits for responses never does

    sent = open_loop(write, 10, 100)

    assert [each.number for each in sent] == list(range(10))
    assert [each.due - sent[0].due for each in sent] == pytest.approx([n / 100 for n in range(10)])
    assert all(began[each.number] >= each.due for each in sent)
    assert not any(each.failed for each in sent)
    assert sent[0].latency >= 0.09  # it waited for the last


def test_a_failed_write_is_counted_and_the_rest_goes_on() -> None:
    def write(number: int) -> None:
        if number % 3 == 0:
            raise NoResponse("busy")

    sent = open_loop(write, 9, 1_000)

    assert [each.number for each in sent if each.failed] == [0, 3, 6]


@pytest.mark.parametrize(
    ("responses", "expected"),
    [
        ([0.05, 0.15, 0.25, 0.35], 10),  # each as late as the others
        ([0.30, 0.31, 0.32, 0.33], 10),  # never more than was sent
        ([0.05, 0.25, 0.45, 0.65], 5),  # each later than the one before
    ],
)
def test_the_rate_that_was_reached(responses: list[float], expected: float) -> None:
    sent = [Sent(number, number / 10, at) for number, at in enumerate(responses)]

    assert achieved(sent, 10) == pytest.approx(expected)


def test_a_failed_write_does_not_count_for_the_rate() -> None:
    sent = [Sent(number, number / 10, number / 10, failed=number == 1) for number in range(4)]

    assert achieved(sent, 10) == pytest.approx(7.5)


class FakeBlog:
    """Comments become final when the test says so."""

    def __init__(self) -> None:
        self.posts: dict[str, dict[str, str]] = {"p": {}, "q": {}}
        self.polled = Event()

    def statuses(self, post: str) -> dict[str, str]:
        self.polled.set()
        return dict(self.posts[post])


def test_a_comment_is_shown_when_its_status_is_final() -> None:
    blog, arrived = FakeBlog(), Event()
    expected: dict[str, set[str]] = {"p": set(), "q": set()}

    def write() -> float:
        blog.posts["p"] = {"1": "pending", "2": "approved"}
        expected["p"] |= {"1", "2"}
        expected["q"].add("3")
        arrived.set()
        assert blog.polled.wait(TIMEOUT_SECONDS)
        decided = time.perf_counter()
        blog.posts = {"p": {"1": "rejected", "2": "approved"}, "q": {"3": "approved"}}
        return decided

    with ThreadPoolExecutor(1) as pool:
        loading = pool.submit(write)
        shown = observe(cast("Blog", blog), expected, loading, arrived)

    assert shown.keys() == {"1", "2", "3"}
    assert shown["1"] >= loading.result()
    assert shown["3"] >= loading.result()
    assert not any(expected.values())


def test_waiting_for_comments_ends_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measure, "TIMEOUT_SECONDS", 0.05)
    expected = {"p": {"1"}}

    assert observe(cast("Blog", FakeBlog()), expected, ended(), Event()) == {}
    assert expected == {"p": {"1"}}


def test_a_failed_poll_is_reported() -> None:
    class Broken:
        def statuses(self, post: str) -> Any:
            raise NoResponse("down")

    with pytest.raises(NoResponse, match="down"):
        observe(cast("Blog", Broken()), {"p": {"1"}}, ended(), Event())


def ended() -> Future[None]:
    loading = Future[None]()
    loading.set_result(None)
    return loading


@contextmanager
def started(program: str, *arguments: str) -> Iterator["subprocess.Popen[str]"]:
    process = subprocess.Popen(
        [sys.executable, "-c", program, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        yield process  # it ends when its input does


def read_line(process: "subprocess.Popen[str]") -> str:
    assert process.stdout
    return process.stdout.readline().strip()


@pytest.mark.skipif(sys.platform != "linux", reason="PSS is known on Linux alone")
def test_a_page_that_processes_share_is_counted_once() -> None:
    with started(FORKED) as parent:
        child = int(read_line(parent))
        found = memory(
            "one", {"parent": psutil.Process(parent.pid), "child": psutil.Process(child)}
        )

    assert found.kind == "PSS"
    each = {process.name: process for process in found.processes}
    assert all(process.rss_bytes > 60 * MB for process in each.values())
    assert 60 * MB < found.bytes < 100 * MB
    assert found.bytes == sum(process.bytes for process in each.values())
    assert 28 * MB < each["child"].bytes < 60 * MB


@pytest.mark.skipif(sys.platform != "linux", reason="PSS is known on Linux alone")
def test_pages_of_a_library_count_even_if_other_programs_use_it() -> None:
    """PSS itself would be less: this very process has the same files open."""
    with started(FORKED) as parent:
        child = int(read_line(parent))
        processes = [psutil.Process(parent.pid), psutil.Process(child)]
        found = memory("one", {str(each.pid): each for each in processes})
        pss = sum(each.memory_full_info().pss for each in processes)

    assert pss < found.bytes < sum(each.rss_bytes for each in found.processes)


def test_cpu_time_is_counted_without_that_at_rest() -> None:
    with started(BUSY) as process:
        read_line(process)
        work = Work({"busy": psutil.Process(process.pid)})
        assert process.stdin
        process.stdin.write("go\n")
        process.stdin.flush()
        assert read_line(process) == "done"

        assert work.seconds() == pytest.approx(0.3, abs=0.1)
        assert 0 < work.share() <= 1.1
        assert work.seconds(idle=0.5) < work.seconds()


def test_open_databases_are_counted(tmp_path: Path) -> None:
    with started(OPEN, str(tmp_path / "a.sqlite3")) as process:
        read_line(process)

        assert connections({"open": psutil.Process(process.pid)}, "") == 3
