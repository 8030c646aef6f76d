"""What ``make chaos`` notes of its writes, and what it says in the end."""

from io import StringIO

import httpx
import pytest
from rich.console import Console

from lab.chaos.check import Finding, Flaw
from lab.chaos.client import Client
from lab.chaos.ledger import Answer, Ledger, What, Write
from lab.chaos.report import show
from lab.chaos.result import Result

HELD = Answer.HELD
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
