"""The parts of ``make chaos``: schedule, nemesis, real faults, client, history and report."""

import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from functools import partial
from io import StringIO
from itertools import islice
from pathlib import Path

import psutil
import pytest
from django.utils import timezone
from rich.console import Console

from config.filebroker import FileQueue
from config.processes.layout import layout
from config.processes.supervisor import State, Supervisor
from lab.chaos import clock
from lab.chaos.brokers import FileBroker
from lab.chaos.checker import Anomaly, Finding
from lab.chaos.client import Client
from lab.chaos.faults import Faults
from lab.chaos.history import Completion, F, History, Operation
from lab.chaos.nemesis import MAX_FAULT_SECONDS, Fault, FaultKind, Nemesis, schedule
from lab.chaos.report import Result, show
from lab.guard import Guard
from lab.http import NoResponse, NotConnected, Response, TimedOut
from lab.sandbox import Sandbox

PLAN = layout("services", 8000)
KINDS = [FaultKind(name, weight, lambda *_: True) for name, weight in (("kill", 3), ("cut", 1))]
OK, NO_RESPONSE = Completion.SUCCESS, Completion.NO_RESPONSE
sent = partial(Operation, "client")
POST = sent(F.CREATE_POST, "Ann 1", OK, id="p1")
COMMENT = sent(F.CREATE_COMMENT, "Ben 1", OK, target="p1", status="approved", id="c1")


@pytest.fixture
def box(tmp_path: Path) -> Sandbox:
    return Sandbox("chaos", tmp_path, {}, Guard(tmp_path))


def test_the_same_seed_gives_the_same_schedule() -> None:
    first, again, other = (list(islice(schedule(seed, KINDS, 1), 50)) for seed in (1, 1, 2))

    assert first == again != other


def test_faults_come_as_often_as_they_weigh_and_as_close_as_configured() -> None:
    faults = list(islice(schedule(3, KINDS, 0.5), 4_000))

    kinds = Counter(fault.kind.name for fault in faults)
    assert 2.5 < kinds["kill"] / kinds["cut"] < 3.5
    assert 0.45 < sum(fault.after for fault in faults) / len(faults) < 0.55
    assert all(0 <= fault.pick < 1 and 0 < fault.seconds <= MAX_FAULT_SECONDS for fault in faults)


def test_only_faults_that_took_effect_are_counted() -> None:
    picks = []

    def every_second(pick: float, seconds: float) -> bool:
        picks.append(pick)
        return len(picks) % 2 == 0

    kill = FaultKind("kill", 1, every_second)
    nemesis = Nemesis()
    nemesis.run((Fault(0, kill, 0.5, 0) for _ in range(100)), lambda: nemesis.injected["kill"] == 3)

    assert (nemesis.injected, nemesis.missed) == ({"kill": 3}, {"kill": 3})


def test_others_are_injected_while_a_fault_lasts_and_all_are_over_at_the_end() -> None:
    restored = threading.Event()
    away = FaultKind("away", 1, lambda pick, seconds: restored.wait(60), lasts=True)
    kill = FaultKind("kill", 1, lambda pick, seconds: not restored.is_set())
    nemesis = Nemesis()

    def is_enough() -> bool:
        if nemesis.injected["kill"]:
            restored.set()
        return restored.is_set()

    nemesis.run([Fault(0, kind, 0, 0) for kind in (away, away, kill, kill)], is_enough)

    assert nemesis.injected == {"away": 1, "kill": 1}


def test_an_injection_that_fails_is_not_hidden() -> None:
    def broken(pick: float, seconds: float) -> bool:
        raise RuntimeError("the server does not start again")

    restart = FaultKind("restart", 1, broken, lasts=True)
    with pytest.raises(RuntimeError, match="does not start again"):
        Nemesis().run([Fault(0, restart, 0, 0)], lambda: False)


def test_the_faults_of_the_file_broker_take_effect(tmp_path: Path) -> None:
    queue = FileQueue(tmp_path / "broker" / "query")
    queue.put({"body": "", "properties": {"delivery_tag": "1"}})
    broker = FileBroker(tmp_path / "broker")

    assert broker.put_malformed(0.99, 0)
    assert len(queue) == 2
    assert broker.take_away(0.5, 0)
    assert len(queue) == 2
    assert broker.delete(0.5, 0)
    assert not queue.folder.is_dir()
    assert not broker.delete(0.5, 0)
    assert broker.take_away(0.5, 0)
    assert not queue.folder.is_dir()


def test_a_kill_counts_where_a_process_lived_and_is_gone(
    box: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    faults = Faults(box, PLAN)
    assert not faults.kill_one("web", child=False, pick=0, seconds=0)  # nothing runs there

    with psutil.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as victim:
        states = {"query-web": State("RUNNING", victim.pid, uptime=1)}
        monkeypatch.setattr(Supervisor, "states", lambda _: states)
        assert not faults.kill_one("web", child=True, pick=0, seconds=0)  # it has none
        assert faults.kill_one("web", child=False, pick=0, seconds=0)
        assert victim.wait() == -signal.SIGKILL


def test_while_the_write_lock_is_held_others_only_read(box: Sandbox) -> None:
    with closing(sqlite3.connect(box.var / "posts.sqlite3", 0, isolation_level=None)) as writer:
        writer.execute("PRAGMA journal_mode = WAL")
        writer.execute("CREATE TABLE post (title)")
        with Faults(box, PLAN).write_lock("posts") as locked:
            assert locked
            assert writer.execute("SELECT * FROM post").fetchall() == []
            with pytest.raises(sqlite3.OperationalError, match="locked"):
                writer.execute("INSERT INTO post VALUES ('too early')")
        writer.execute("INSERT INTO post VALUES ('a title')")


@pytest.mark.parametrize(("locked", "lived"), [(True, True), (True, False), (False, True)])
def test_a_kill_at_a_lock_happens_only_while_it_is_held(
    box: Sandbox, monkeypatch: pytest.MonkeyPatch, locked: bool, lived: bool
) -> None:
    monkeypatch.setattr("lab.chaos.faults.LOCK_SECONDS", 0)
    faults, steps = Faults(box, PLAN), []

    @contextmanager
    def lock(alias: str) -> Iterator[bool]:
        steps.append(f"lock {alias}")
        yield locked
        steps.append("released")

    def kill(service: str, role: str, child: bool) -> bool:
        steps.append(f"kill {service} {role}")
        return lived

    monkeypatch.setattr(faults, "write_lock", lock)
    monkeypatch.setattr(faults, "kill", kill)

    killed = faults.kill_at_lock(pick=0.3, seconds=1.2)

    assert killed is (locked and lived)
    assert steps == ["lock eventstore", *["kill comments web"] * locked, "released"]


@pytest.mark.parametrize(
    ("then", "posts", "comments"),
    [
        ([], ["p1"], ["c1"]),
        ([sent(F.CREATE_COMMENT, "Ben 2", NO_RESPONSE, target="p1")], ["p1"], ["c1"]),
        ([sent(F.CREATE_POST, "Ann 2", NO_RESPONSE)], ["p1"], ["c1"]),
        ([sent(F.EDIT_POST, "Ed 1", OK, target="p1")], ["p1"], ["c1"]),
        ([sent(F.EDIT_POST, "Ed 1", NO_RESPONSE, target="p1")], [], []),
        ([sent(F.MODERATE, "Ed 1", Completion.SERVER_ERROR, target="c1")], ["p1"], []),
        ([sent(F.DELETE_COMMENT, "c1", OK, target="c1")], ["p1"], []),
        ([sent(F.DELETE_COMMENT, "c1", Completion.NO_CONNECTION, target="c1")], ["p1"], ["c1"]),
        ([sent(F.DELETE_POST, "p1", OK, target="p1")], [], []),
    ],
)
def test_only_what_exists_in_a_known_state_is_a_target(
    then: list[Operation], posts: list[str], comments: list[str]
) -> None:
    history = History([POST, COMMENT, *then])

    assert history.targets(F.CREATE_POST) == posts
    assert history.targets(F.CREATE_COMMENT) == comments


@pytest.mark.parametrize(
    ("response", "completion"),
    [
        (Response(201, {}, b'{"id": "p1"}'), Completion.SUCCESS),
        (Response(204, {}, b""), Completion.SUCCESS),
        (Response(302, {}, b""), Completion.REFUSED),
        (Response(404, {}, b"{}"), Completion.REFUSED),
        (Response(503, {}, b""), Completion.SERVER_ERROR),
        (NotConnected("refused"), Completion.NO_CONNECTION),
        (NoResponse("it closed the connection"), NO_RESPONSE),
        (TimedOut("no response in time"), NO_RESPONSE),
    ],
)
def test_a_response_decides_how_the_operation_completed(
    response: Response | NoResponse, completion: Completion, monkeypatch: pytest.MonkeyPatch
) -> None:
    def request(*arguments: object, **options: object) -> Response:
        if isinstance(response, NoResponse):
            raise response
        return response

    monkeypatch.setattr("lab.chaos.client.request", request)
    client = Client({"posts": "http://blog", "comments": ""})

    assert client.invoke(sent(F.CREATE_POST, "A title")).completion is completion


@pytest.mark.parametrize(
    ("findings", "settled", "line"),
    [
        ([], 2.5, "embedded: 3 faults, 1 operations ok, lost 0, duplicated 0: passed"),
        ([], None, "embedded: 3 faults, 1 operations ok, lost 0, duplicated 0: failed"),
        ([Finding(Anomaly.LOST, "a post")], 2.5, "lost 1, duplicated 0: failed"),
        ([Finding(Anomaly.DUPLICATED, "a post")], 2.5, "lost 0, duplicated 1: failed"),
    ],
)
def test_a_run_ends_in_one_line(findings: list[Finding], settled: float | None, line: str) -> None:
    result = Result(
        stack="embedded",
        seconds=10,
        injected={"kill": 3},
        missed={},
        history=[POST],
        in_log={OK: 1},
        events=1,
        settled=settled,
        findings=findings,
    )
    output = StringIO()

    show(Console(file=output, width=120), [result])

    assert line in output.getvalue()
    assert result.passed is line.endswith(": passed")


def test_a_clock_that_jumps_is_read_so_and_jumps_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module, name in ((time, "time"), (time, "time_ns"), (timezone, "now")):
        monkeypatch.setattr(module, name, getattr(module, name))  # put back at the end
    [jump] = clock.fault_kinds(tmp_path / "clock")
    assert not jump.inject(0, 0)  # no process reads it yet
    clock.make_it_jump(tmp_path / "clock")
    seen: list[int] = []

    def read_all(seconds: float) -> None:
        off = float(clock.JUMPS_SECONDS[0])
        readings = (time.time(), time.time_ns() / 1e9, timezone.now().timestamp())
        seen.extend(round((reading - real() - off) / 60) for reading in readings)

    real = partial(datetime.timestamp, datetime.now(UTC))
    monkeypatch.setattr(time, "sleep", read_all)
    assert jump.inject(0, 1)
    assert seen == [0, 0, 0]
    assert abs(time.time() - real()) < 60
