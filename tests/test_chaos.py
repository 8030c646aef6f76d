"""How ``make chaos`` works: its schedule, its ledger, its faults."""

import signal
import subprocess
import sys
import threading
from collections import Counter
from io import StringIO
from itertools import islice
from pathlib import Path

import httpx
import psutil
import pytest
from rich.console import Console

from chaos.check import Finding, Flaw
from chaos.client import Client
from chaos.faults import Hazard
from chaos.filebroker import FileBroker
from chaos.injector import Injector
from chaos.killer import Killer
from chaos.ledger import Answer, Ledger, What, Write
from chaos.report import show
from chaos.result import Result
from chaos.schedule import LONGEST, Fault, schedule
from config.filequeue import FileQueue
from config.processes.places import Places

WEIGHTS = {"kill": 3.0, "cut": 1.0}
HELD = Answer.HELD


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


POST = Write(What.POST, "Ann 1", HELD, id="p1")
COMMENT = Write(What.COMMENT, "Ben 1", HELD, about="p1", status="approved", id="c1")


@pytest.mark.parametrize(
    ("then", "posts", "comments"),
    [
        ([], ["p1"], ["c1"]),
        ([Write(What.COMMENT, "Ben 2", Answer.UNANSWERED, about="p1")], ["p1"], ["c1"]),
        ([Write(What.POST, "Ann 2", Answer.UNANSWERED)], ["p1"], ["c1"]),
        ([Write(What.EDIT, "Ed 1", HELD, about="p1")], ["p1"], ["c1"]),
        ([Write(What.EDIT, "Ed 1", Answer.UNANSWERED, about="p1")], [], []),
        ([Write(What.DECIDE, "Ed 1", Answer.FAILED, about="c1")], ["p1"], []),
        ([Write(What.DELETE_COMMENT, "c1", HELD, about="c1")], ["p1"], []),
        ([Write(What.DELETE_COMMENT, "c1", Answer.UNREACHED, about="c1")], ["p1"], ["c1"]),
        ([Write(What.DELETE_POST, "p1", HELD, about="p1")], [], []),
    ],
)
def test_nobody_writes_about_what_is_gone_or_of_which_nobody_knows_what_it_is(
    then: list[Write], posts: list[str], comments: list[str]
) -> None:
    ledger = Ledger([POST, COMMENT, *then])

    assert [write.id for write in ledger.held(What.POST)] == posts
    assert [write.id for write in ledger.held(What.COMMENT)] == comments


@pytest.mark.parametrize(
    ("answered", "answer"),
    [
        (httpx.Response(201, json={"id": "p1"}), Answer.HELD),
        (httpx.Response(204), Answer.HELD),
        (httpx.Response(302), Answer.REFUSED),
        (httpx.Response(404), Answer.REFUSED),
        (httpx.Response(503), Answer.FAILED),
        (httpx.ConnectError("nobody listens"), Answer.UNREACHED),
        (httpx.RemoteProtocolError("it closed"), Answer.UNANSWERED),
        (httpx.ReadTimeout("nothing came"), Answer.UNANSWERED),
    ],
)
def test_each_answer_is_taken_for_what_it_is(
    answered: httpx.Response | Exception, answer: Answer
) -> None:
    def serve(request: httpx.Request) -> httpx.Response:
        if isinstance(answered, Exception):
            raise answered
        return answered

    client = Client(transport=httpx.MockTransport(serve))

    assert client.send("POST", "http://blog/api/posts/", title="A title").answer is answer


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


@pytest.mark.parametrize(
    ("findings", "converged", "said"),
    [
        ([], 2.5, "embedded: 3 faults, 1 writes held, lost 0, double 0: good"),
        ([], None, "embedded: 3 faults, 1 writes held, lost 0, double 0: not good"),
        ([Finding(Flaw.LOST, "a post")], 2.5, "lost 1, double 0: not good"),
        ([Finding(Flaw.DOUBLE, "a post")], 2.5, "lost 0, double 1: not good"),
    ],
)
def test_a_run_ends_in_one_line(
    findings: list[Finding], converged: float | None, said: str
) -> None:
    result = Result(
        stack="embedded",
        seconds=10,
        injected={"kill": 3},
        missed={},
        writes=[POST],
        there={Answer.HELD: 1},
        events=1,
        converged=converged,
        findings=findings,
    )
    told = StringIO()

    show(Console(file=told, width=120), [result])

    assert said in told.getvalue()
    assert result.good is said.endswith(": good")
