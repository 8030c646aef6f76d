"""The checker of ``make chaos`` finds what is lost, duplicated, wrong or unfinished."""

from dataclasses import replace
from functools import partial

import pytest

from lab.chaos.checker import Anomaly, check
from lab.chaos.history import Completion, F, Operation
from lab.chaos.state import Event, PageComment, PagePost, Progress, State

OK, NO_RESPONSE = Completion.SUCCESS, Completion.NO_RESPONSE
sent = partial(Operation, "client")
HISTORY = (
    sent(F.CREATE_POST, "Ann 1", OK, id="p1"),
    sent(F.CREATE_COMMENT, "Ben 1", OK, target="p1", status="approved", id="c1"),
    sent(F.CREATE_COMMENT, "Ben 2", NO_RESPONSE, target="p1", status="approved"),
    sent(F.CREATE_COMMENT, "Ben 3", NO_RESPONSE, target="p1", status="approved"),
    sent(F.CREATE_COMMENT, "Ben 4", OK, target="p1", status="approved", id="c4"),
    sent(F.CREATE_COMMENT, "Ben 5", Completion.REFUSED, target="p1", status="approved"),
    sent(F.EDIT_POST, "Ed 1", OK, target="p1"),
    sent(F.MODERATE, "Ed 2", OK, target="c1", status="rejected"),
    sent(F.DELETE_COMMENT, "c4", OK, target="c4"),
    sent(F.CREATE_POST, "Ann 2", OK, id="p2"),
    sent(F.DELETE_POST, "p2", Completion.NO_CONNECTION, target="p2"),
    sent(F.DELETE_POST, "p2", OK, target="p2"),
    sent(F.CREATE_COMMENT, "Ben 6", OK, target="p2", status="approved", id="c6"),
)
LOG = tuple(
    Event(position, f"e{position}", type_, subject, cause, data)
    for position, (type_, subject, cause, data) in enumerate(
        (
            (F.CREATE_POST, "p1", "", {"title": "Ann 1"}),
            (F.CREATE_COMMENT, "c1", "", {"author": "Ben 1"}),
            (F.CREATE_COMMENT, "c2", "", {"author": "Ben 2"}),
            (F.CREATE_COMMENT, "c4", "", {"author": "Ben 4"}),
            (F.MODERATE, "c1", "e2", {"reason": "no rule matched"}),
            (F.MODERATE, "c2", "e3", {"reason": "no rule matched"}),
            (F.EDIT_POST, "p1", "", {"title": "Ed 1"}),
            (F.MODERATE, "c1", "", {"reason": "Ed 2"}),
            (F.DELETE_COMMENT, "c4", "", {}),
            (F.CREATE_POST, "p2", "", {"title": "Ann 2"}),
            (F.CREATE_COMMENT, "c6", "", {"author": "Ben 6"}),
            (F.DELETE_POST, "p2", "", {}),
            (F.DELETE_COMMENT, "c6", "e12", {}),
        ),
        start=1,
    )
)
SHOWN = (PageComment("c1", "", "rejected"), PageComment("c2", "Ben 2", "approved"))
POST = PagePost("p1", "Ed 1", SHOWN, ("c2",))
STATUSES = {"c1": "rejected", "c2": "approved"}
TABLES = {"posts": {"p1": "Ed 1"}, "comments": STATUSES, "reviews": STATUSES}
SETTLED = Progress(
    head=len(LOG), outboxes={"posts": 0}, lag={"query": 0, "comments": 0}, parked={"query": 0}
)
STATE = State((POST,), LOG, TABLES, SETTLED, rebuilds=True)


def without(position: int) -> tuple[Event, ...]:
    """The log as if this event had never been appended."""
    rest = [event for event in LOG if event.position != position]
    return tuple(replace(event, position=at) for at, event in enumerate(rest, start=1))


def once_more(position: int) -> State:
    """The state as if the event at this position were in the log twice."""
    again = replace(LOG[position - 1], position=len(LOG) + 1, id="again")
    return replace(STATE, log=(*LOG, again), progress=replace(SETTLED, head=len(LOG) + 1))


def shown(*comments: PageComment) -> State:
    return replace(STATE, page=(replace(POST, comments=comments),))


def test_a_state_that_matches_the_history_has_no_findings() -> None:
    """Of the two operations of unknown outcome one took effect and one did not: both are right."""
    assert check(HISTORY, STATE) == []


@pytest.mark.parametrize(
    ("state", "anomaly", "text"),
    [
        (shown(SHOWN[0]), Anomaly.LOST, "comment c2 is not on the page"),
        (replace(STATE, page=()), Anomaly.LOST, "post p1 is not on the page"),
        (
            replace(STATE, page=(replace(POST, anchors=()),)),
            Anomaly.LOST,
            "comment, in HTML, c2 is not on the page",
        ),
        (
            replace(STATE, page=(replace(POST, anchors=("c1", "c2")),)),
            Anomaly.WRONG,
            "comment, in HTML, c1 is on the page and should not be",
        ),
        (
            shown(replace(SHOWN[0], author="Ben 1"), SHOWN[1]),
            Anomaly.WRONG,
            "comment c1 is PageComment(id='c1', author='Ben 1', status='rejected')",
        ),
        (replace(STATE, log=without(8)), Anomaly.LOST, "'Ed 2' (ok) is not in the log"),
        (once_more(2), Anomaly.DUPLICATED, "'Ben 1' (ok) is in the log 2 times"),
        (once_more(3), Anomaly.DUPLICATED, "'Ben 2' (unknown) is in the log 2 times"),
        (once_more(5), Anomaly.DUPLICATED, "CommentModerated of c1 follows from e2 2 times"),
        (shown(*SHOWN, SHOWN[0]), Anomaly.DUPLICATED, "comment c1 is on the page 2 times"),
        (
            replace(STATE, page=(POST, POST)),
            Anomaly.DUPLICATED,
            "post p1 is on the page 2 times",
        ),
        (
            shown(replace(SHOWN[0], status="approved"), SHOWN[1]),
            Anomaly.WRONG,
            "comment c1 is PageComment(id='c1', author='', status='approved')",
        ),
        (
            replace(STATE, page=(replace(POST, title="Ann 1"),)),
            Anomaly.WRONG,
            "post p1 has the title 'Ann 1', not 'Ed 1'",
        ),
        (
            shown(*SHOWN, PageComment("c4", "Ben 4", "approved")),
            Anomaly.WRONG,
            "comment c4 is on the page and should not be",
        ),
        (
            replace(STATE, tables=TABLES | {"reviews": STATUSES | {"c1": "approved"}}),
            Anomaly.WRONG,
            "reviews: c1 is 'approved', not 'rejected'",
        ),
        (
            replace(STATE, tables=TABLES | {"comments": {"c1": "rejected"}}),
            Anomaly.WRONG,
            "comments: c2 is None, not 'approved'",
        ),
        (
            replace(STATE, log=(*LOG[:4], *LOG[5:])),
            Anomaly.ORDER,
            "positions have gaps: 1 missing, first [5]",
        ),
        (
            replace(STATE, log=(*LOG[:-1], replace(LOG[-1], id="e1"))),
            Anomaly.ORDER,
            "the event e1 is in the log 2 times",
        ),
        (replace(STATE, progress=replace(SETTLED, head=14)), Anomaly.ORDER, "the head is at 14"),
        (
            replace(STATE, progress=replace(SETTLED, outboxes={"posts": 2})),
            Anomaly.UNFINISHED,
            "posts: 2 events waiting in the outbox",
        ),
        (
            replace(STATE, progress=replace(SETTLED, lag={"query": 1})),
            Anomaly.UNFINISHED,
            "query: 1 events not handled",
        ),
        (
            replace(STATE, progress=replace(SETTLED, parked={"query": 1})),
            Anomaly.UNFINISHED,
            "query: 1 events parked",
        ),
        (replace(STATE, page=None), Anomaly.UNFINISHED, "the page does not respond"),
        (
            replace(STATE, rebuilds=False),
            Anomaly.UNFINISHED,
            "differs from one rebuilt from all events",
        ),
    ],
)
def test_an_anomaly_is_found(state: State, anomaly: Anomaly, text: str) -> None:
    found = check(HISTORY, state)

    assert any(finding.anomaly is anomaly and text in finding.text for finding in found), found


def test_an_operation_that_failed_must_not_be_in_the_log() -> None:
    failed = [replace(each, completion=Completion.REFUSED) for each in HISTORY[:2]]
    found = check([*failed, *HISTORY[2:]], STATE)

    assert [finding.text for finding in found] == [
        "PostCreated 'Ann 1' (fail) is in the log",
        "CommentCreated 'Ben 1' (fail) is in the log",
    ]


def test_a_run_in_which_no_operation_was_ok_proves_nothing() -> None:
    nothing = State(
        (),
        (),
        {"posts": {}, "comments": {}, "reviews": {}},
        replace(SETTLED, head=0),
        rebuilds=True,
    )
    never_sent = sent(F.CREATE_POST, "Ann 1", Completion.NO_CONNECTION)

    [finding] = check([never_sent], nothing)

    assert finding.text == "no operation was ok"


def test_it_has_settled_when_nothing_waits_and_nothing_was_appended_since() -> None:
    assert SETTLED.is_settled_since(SETTLED)
    assert not SETTLED.is_settled_since(replace(SETTLED, head=12))
    assert not SETTLED.is_settled_since(replace(SETTLED, lag={"query": 1}))
    assert not replace(SETTLED, outboxes={"posts": 1}).is_settled_since(SETTLED)


# --- The log went back


def republished(*positions: int) -> tuple[State, tuple[Event, ...]]:
    """The state after the log lost these events and their services published them again; and what
    was lost."""
    lost = tuple(LOG[position - 1] for position in positions)
    rest = [event for event in LOG if event not in lost]
    again = [replace(event, id=f"{event.id} again", causation_id=None) for event in lost]
    log = [replace(event, position=at) for at, event in enumerate((*rest, *again), start=1)]
    return replace(STATE, log=tuple(log)), lost


def test_what_the_log_lost_and_got_again_is_there_once() -> None:
    state, lost = republished(8, 9, 12)
    assert check(HISTORY, state, lost) == []


def test_what_the_log_lost_counts_even_if_a_later_state_was_published_instead() -> None:
    """Of two edits, only the last state is published again."""
    history = (*HISTORY, sent(F.EDIT_POST, "Ed 3", OK, target="p1"))
    first, second = LOG[6], replace(LOG[6], id="e14", data={"title": "Ed 3"})
    log = tuple(
        replace(event, position=at)
        for at, event in enumerate([each for each in LOG if each != first] + [second], start=1)
    )
    state = replace(
        STATE,
        log=log,
        page=(replace(POST, title="Ed 3"),),
        tables=TABLES | {"posts": {"p1": "Ed 3"}},
    )
    assert check(history, state, [first]) == []
    assert {each.anomaly for each in check(history, state)} == {Anomaly.LOST}


def test_what_the_log_lost_and_nobody_published_again_is_still_found_on_the_page() -> None:
    state, lost = republished(2)
    gone = replace(state, page=(replace(POST, comments=SHOWN[1:], anchors=("c2",)),))
    found = check(HISTORY, gone, lost)
    assert Anomaly.LOST in {each.anomaly for each in found}
    assert any("comment c1 is not on the page" in each.text for each in found)
