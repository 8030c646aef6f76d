"""How ``make chaos`` strikes: its schedule, and its faults, which are real."""

import signal
import sqlite3
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import islice
from pathlib import Path

import psutil
import pytest

from config.filequeue import FileQueue
from config.processes.places import Places
from lab.chaos.ambush import Ambush
from lab.chaos.databases import SQLite
from lab.chaos.faults import Hazard
from lab.chaos.filebroker import FileBroker
from lab.chaos.injector import Injector
from lab.chaos.killer import Killer
from lab.chaos.schedule import LONGEST, Fault, schedule

WEIGHTS = {"kill": 3.0, "cut": 1.0}


def test_the_same_seed_gives_the_same_schedule() -> None:
    first, again, other = (list(islice(schedule(seed, WEIGHTS, 1), 50)) for seed in (1, 1, 2))

    assert first == again != other


def test_faults_come_as_often_as_they_weigh_and_as_close_as_was_said() -> None:
    faults = list(islice(schedule(3, WEIGHTS, 0.5), 4_000))

    kinds = Counter(fault.kind for fault in faults)
    assert 2.5 < kinds["kill"] / kinds["cut"] < 3.5
    assert 0.45 < sum(fault.after for fault in faults) / len(faults) < 0.55
    assert all(0 <= fault.pick < 1 and 0 < fault.seconds <= LONGEST for fault in faults)


def test_only_what_really_happened_is_counted() -> None:
    struck = []

    def every_second(pick: float, seconds: float) -> bool:
        struck.append(pick)
        return len(struck) % 2 == 0

    injector = Injector({"kill": Hazard("kill", 1, every_second)})
    injector.inject(
        (Fault(0, "kill", 0.5, 0) for _ in range(100)), lambda: injector.done["kill"] == 3
    )

    assert (injector.done, injector.missed) == ({"kill": 3}, {"kill": 3})


def test_others_strike_while_a_fault_lasts_and_in_the_end_all_are_over() -> None:
    mended = threading.Event()
    hazards = {
        "away": Hazard("away", 1, lambda pick, seconds: mended.wait(60), lasts=True),
        "kill": Hazard("kill", 1, lambda pick, seconds: not mended.is_set()),
    }
    injector = Injector(hazards)

    def enough() -> bool:
        if injector.done["kill"]:
            mended.set()
        return mended.is_set()

    faults = [Fault(0, "away", 0, 0), Fault(0, "away", 0, 0), Fault(0, "kill", 0, 0)]
    injector.inject([*faults, Fault(0, "kill", 0, 0)], enough)

    assert injector.done == {"away": 1, "kill": 1}


def test_an_injection_that_fails_is_not_hidden() -> None:
    def broken(pick: float, seconds: float) -> bool:
        raise RuntimeError("the server does not start again")

    injector = Injector({"restart": Hazard("restart", 1, broken, lasts=True)})
    with pytest.raises(RuntimeError, match="does not start again"):
        injector.inject([Fault(0, "restart", 0, 0)], lambda: False)


def test_the_embedded_broker_is_lost_in_earnest(tmp_path: Path) -> None:
    queue = FileQueue(tmp_path / "broker" / "query")
    queue.put({"body": "", "properties": {"delivery_tag": "1"}})
    broker = FileBroker(tmp_path / "broker")

    assert broker.litter(0.99, 0)
    assert len(queue) == 2
    assert broker.take_away(0.5, 0)
    assert len(queue) == 2
    assert broker.delete(0.5, 0)
    assert not queue.exists()
    assert not broker.delete(0.5, 0)
    assert broker.take_away(0.5, 0)
    assert not queue.exists()


def test_a_kill_counts_where_a_process_lived_and_is_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    killer = Killer(Places(tmp_path))
    assert not killer.kill("web", child=False, pick=0, seconds=0)  # nothing runs there

    with psutil.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as victim:
        monkeypatch.setattr(killer, "_leader", lambda program: psutil.Process(victim.pid))
        assert not killer.kill("web", child=True, pick=0, seconds=0)  # it has none
        assert killer.kill("web", child=False, pick=0, seconds=0)
        assert victim.wait() == -signal.SIGKILL


def test_while_the_write_lock_is_held_others_only_read(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "posts.sqlite3", 0, isolation_level=None)) as writer:
        writer.execute("PRAGMA journal_mode = WAL")
        writer.execute("CREATE TABLE post (title)")
        with SQLite(tmp_path).lock("posts") as got:
            assert got
            assert writer.execute("SELECT * FROM post").fetchall() == []
            with pytest.raises(sqlite3.OperationalError, match="locked"):
                writer.execute("INSERT INTO post VALUES ('too early')")
        writer.execute("INSERT INTO post VALUES ('a title')")


@pytest.mark.parametrize(("got", "lived"), [(True, True), (True, False), (False, True)])
def test_an_ambush_kills_only_with_the_lock_held(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, got: bool, lived: bool
) -> None:
    monkeypatch.setattr("lab.chaos.ambush.RUN_INTO_IT", 0)
    databases, killer, said = SQLite(tmp_path), Killer(Places(tmp_path)), []

    @contextmanager
    def lock(alias: str) -> Iterator[bool]:
        said.append(f"lock {alias}")
        yield got
        said.append("released")

    def kill(service: str, role: str, child: bool) -> bool:
        said.append(f"kill {service} {role}")
        return lived

    monkeypatch.setattr(databases, "lock", lock)
    monkeypatch.setattr(killer, "kill_one", kill)

    struck = Ambush(killer, databases).strike(pick=0.3, seconds=1.2)

    assert struck is (got and lived)
    assert said == ["lock eventstore", *["kill comments web"] * got, "released"]
