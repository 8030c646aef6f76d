"""``make chaos`` can fail: whatever is lost, double, wrong or undone is found and named."""

from dataclasses import replace

import pytest

from lab.chaos.check import Flaw, check
from lab.chaos.ledger import Answer, What, Write
from lab.chaos.seen import Seen, ShownComment, Tables
from tests.lab.chaos_history import (
    LOG,
    POST,
    REST,
    SEEN,
    SHOWN,
    STATUSES,
    WRITES,
    once_more,
    shown,
    without,
)


def test_where_all_is_as_it_was_written_nothing_is_found() -> None:
    """Of the two writes that nobody answered, one is there, and one is not: both are right."""
    assert check(WRITES, SEEN) == []


@pytest.mark.parametrize(
    ("seen", "flaw", "said"),
    [
        (shown(SHOWN[0]), Flaw.LOST, "comment c2 is not on the page"),
        (replace(SEEN, page=()), Flaw.LOST, "post p1 is not on the page"),
        (
            replace(SEEN, page=(replace(POST, anchors=("c1",)),)),
            Flaw.LOST,
            "comment, in HTML, c2 is not on the page",
        ),
        (replace(SEEN, log=without(8)), Flaw.LOST, "'Ed 2' (held) is not in the log"),
        (once_more(2), Flaw.DOUBLE, "'Ben 1' (held) is in the log 2 times"),
        (once_more(3), Flaw.DOUBLE, "'Ben 2' (unanswered) is in the log 2 times"),
        (once_more(5), Flaw.DOUBLE, "CommentModerated of c1 follows from e2 2 times"),
        (shown(*SHOWN, SHOWN[0]), Flaw.DOUBLE, "comment c1 is on the page 2 times"),
        (
            replace(SEEN, page=(POST, POST)),
            Flaw.DOUBLE,
            "post p1 is on the page 2 times",
        ),
        (
            shown(replace(SHOWN[0], status="approved"), SHOWN[1]),
            Flaw.WRONG,
            "comment c1 is ShownComment(id='c1', author='Ben 1', status='approved')",
        ),
        (
            replace(SEEN, page=(replace(POST, title="Ann 1"),)),
            Flaw.WRONG,
            "post p1 is called 'Ann 1', not 'Ed 1'",
        ),
        (
            shown(*SHOWN, ShownComment("c4", "Ben 4", "approved")),
            Flaw.WRONG,
            "comment c4 is on the page and should not be",
        ),
        (
            replace(SEEN, tables=replace(SEEN.tables, reviews=STATUSES | {"c1": "approved"})),
            Flaw.WRONG,
            "reviews: c1 is 'approved', not 'rejected'",
        ),
        (
            replace(SEEN, tables=replace(SEEN.tables, comments={"c1": "rejected"})),
            Flaw.WRONG,
            "comments: c2 is None, not 'rejected'",
        ),
        (replace(SEEN, log=(*LOG[:4], *LOG[5:])), Flaw.ORDER, "not gapless: [5] of 1 missing"),
        (
            replace(SEEN, log=(*LOG[:-1], replace(LOG[-1], id="e1"))),
            Flaw.ORDER,
            "the event e1 is in the log 2 times",
        ),
        (replace(SEEN, progress=replace(REST, head=14)), Flaw.ORDER, "the head is at 14"),
        (
            replace(SEEN, progress=replace(REST, outboxes={"posts": 2})),
            Flaw.UNDONE,
            "posts: 2 events waiting in the outbox",
        ),
        (
            replace(SEEN, progress=replace(REST, lag={"query": 1})),
            Flaw.UNDONE,
            "query: 1 events not handled",
        ),
        (
            replace(SEEN, progress=replace(REST, parked={"query": 1})),
            Flaw.UNDONE,
            "query: 1 events parked",
        ),
        (replace(SEEN, page=None), Flaw.UNDONE, "the page does not answer"),
        (replace(SEEN, replayed=False), Flaw.UNDONE, "differs from one made of all events"),
    ],
)
def test_what_is_not_so_is_found(seen: Seen, flaw: Flaw, said: str) -> None:
    found = check(WRITES, seen)

    assert any(finding.flaw is flaw and said in finding.what for finding in found), found


def test_what_was_refused_must_not_be_there() -> None:
    refused = [replace(write, answer=Answer.REFUSED) for write in WRITES[:2]]
    found = check([*refused, *WRITES[2:]], SEEN)

    assert [finding.what for finding in found] == [
        "PostCreated 'Ann 1' (refused) is in the log all the same",
        "CommentCreated 'Ben 1' (refused) is in the log all the same",
    ]


def test_where_nothing_was_written_nothing_is_shown() -> None:
    nothing = Seen((), (), Tables({}, {}, {}), replace(REST, head=0), replayed=True)
    unreached = Write(What.POST, "Ann 1", Answer.UNREACHED)

    [finding] = check([unreached], nothing)

    assert finding.what == "no write was answered 2xx, so nothing is shown"


def test_it_is_at_rest_when_nothing_waits_and_nothing_came_since() -> None:
    assert REST.is_at_rest_since(REST)
    assert not REST.is_at_rest_since(replace(REST, head=12))
    assert not REST.is_at_rest_since(replace(REST, lag={"query": 1}))
    assert not replace(REST, outboxes={"posts": 1}).is_at_rest_since(REST)
