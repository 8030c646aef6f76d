"""What the ways of delivery are made of: traffic, traps, counting, waiting."""

import signal
import subprocess
import sys
import time
from collections import Counter
from http import HTTPStatus
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest

from comparison.delivery.counts import count
from comparison.delivery.mortal import trap
from comparison.delivery.settling import settle
from comparison.delivery.small import http
from comparison.delivery.traffic import Halted, Traffic
from config.processes.places import BASE, Places
from lab.programs import free_port
from tests.running import SECONDS


def test_what_became_of_comments_is_counted() -> None:
    statuses = {"a": "approved", "b": "pending", "c": "pending", "d": "rejected"}

    found = count(statuses, Counter(a=2, b=1, d=1), Counter(a=3, d=2), known=1)

    assert (found.saved, found.decided, found.pending) == (4, 2, 2)
    assert (found.lost, found.lost_back) == (1, 1)
    assert (found.twice, found.twice_back, found.doubled) == (1, 2, 2)
    assert found.known == 1


def test_a_process_dies_where_its_trap_is_and_once(tmp_path: Path) -> None:
    places = Places(tmp_path)
    places.make()
    trap(places, "me").touch()

    codes = [passing_the_place(tmp_path) for _ in range(2)]

    assert codes == [-signal.SIGKILL, 0]
    assert not trap(places, "me").exists()


def test_it_is_settled_when_all_is_there_or_nothing_moves() -> None:
    never, halt = Event(), Event()
    halt.set()

    assert settle(iter((0, 1, 2)).__next__, 2, lambda: None, 30, never) is not None
    assert settle(lambda: 1, 2, lambda: None, 0.05, never) is None
    assert settle(lambda: 1, 2, lambda: True, 30, never) is None
    with pytest.raises(Halted):
        settle(lambda: 1, 2, lambda: None, 30, halt)


def test_a_comment_that_is_refused_is_not_counted() -> None:
    taken: list[str] = []
    answers = iter([HTTPStatus.SERVICE_UNAVAILABLE] * 2)

    def answer(path: str, body: bytes) -> http.Answer:
        status = next(answers, HTTPStatus.CREATED)
        if status == HTTPStatus.CREATED:
            taken.append(path)
        return status, b'{"id": "x"}'

    address = serving(answer)
    with Traffic(f"{address}/comments/", 5, 1_000, Event(), allowed=2) as traffic:
        traffic.wait_for(2)
        assert len(taken) == 2

    assert taken == ["/comments/"] * 5
    assert len(traffic.written) == 5
    assert traffic.refused == 2


def passing_the_place(var: Path) -> int:
    """The exit code of a process that comes to the mortal place."""
    code = "from comparison.delivery.mortal import mortal_place; mortal_place()"
    env = {"VAR_DIR": str(var), "SUPERVISOR_PROCESS_NAME": "me"}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=BASE, env=env, timeout=SECONDS, check=False
    )
    return done.returncode


def serving(answer: Any) -> str:
    """A server for the rest of the tests; its address."""
    port = free_port(1)
    Thread(target=http.serve, args=(port, answer), daemon=True).start()
    end = time.monotonic() + SECONDS
    while True:
        try:
            http.get(f"http://127.0.0.1:{port}/")
        except http.Unanswered:
            assert time.monotonic() < end
        else:
            return f"http://127.0.0.1:{port}"
