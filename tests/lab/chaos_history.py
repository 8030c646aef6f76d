"""What was written and what is seen of it, as it should be, and ways to spoil it."""

from dataclasses import replace

from lab.chaos.ledger import Answer, What, Write
from lab.chaos.progress import Progress
from lab.chaos.seen import Event, Seen, ShownComment, ShownPost, Tables

HELD, OPEN = Answer.HELD, Answer.UNANSWERED
WRITES = (
    Write(What.POST, "Ann 1", HELD, id="p1"),
    Write(What.COMMENT, "Ben 1", HELD, about="p1", status="approved", id="c1"),
    Write(What.COMMENT, "Ben 2", OPEN, about="p1", status="rejected"),
    Write(What.COMMENT, "Ben 3", OPEN, about="p1", status="approved"),
    Write(What.COMMENT, "Ben 4", HELD, about="p1", status="approved", id="c4"),
    Write(What.COMMENT, "Ben 5", Answer.REFUSED, about="p1", status="approved"),
    Write(What.EDIT, "Ed 1", HELD, about="p1"),
    Write(What.DECIDE, "Ed 2", HELD, about="c1", status="rejected"),
    Write(What.DELETE_COMMENT, "c4", HELD, about="c4"),
    Write(What.POST, "Ann 2", HELD, id="p2"),
    Write(What.DELETE_POST, "p2", Answer.UNREACHED, about="p2"),
    Write(What.DELETE_POST, "p2", HELD, about="p2"),
    Write(What.COMMENT, "Ben 6", HELD, about="p2", status="approved", id="c6"),
)
LOG = tuple(
    Event(position, f"e{position}", type_, subject, cause, data)
    for position, (type_, subject, cause, data) in enumerate(
        (
            (What.POST, "p1", "", {"title": "Ann 1"}),
            (What.COMMENT, "c1", "", {"author": "Ben 1"}),
            (What.COMMENT, "c2", "", {"author": "Ben 2"}),
            (What.COMMENT, "c4", "", {"author": "Ben 4"}),
            (What.DECIDE, "c1", "e2", {"reason": "no rule matched"}),
            (What.DECIDE, "c2", "e3", {"reason": "the rule “orange”"}),
            (What.EDIT, "p1", "", {"title": "Ed 1"}),
            (What.DECIDE, "c1", "", {"reason": "Ed 2"}),
            (What.DELETE_COMMENT, "c4", "", {}),
            (What.POST, "p2", "", {"title": "Ann 2"}),
            (What.COMMENT, "c6", "", {"author": "Ben 6"}),
            (What.DELETE_POST, "p2", "", {}),
            (What.DELETE_COMMENT, "c6", "e12", {}),
        ),
        start=1,
    )
)
SHOWN = (ShownComment("c1", "Ben 1", "rejected"), ShownComment("c2", "Ben 2", "rejected"))
POST = ShownPost("p1", "Ed 1", SHOWN, ("c1", "c2"))
STATUSES = {"c1": "rejected", "c2": "rejected"}
REST = Progress(
    head=len(LOG), outboxes={"posts": 0}, lag={"query": 0, "comments": 0}, parked={"query": 0}
)
SEEN = Seen((POST,), LOG, Tables({"p1": "Ed 1"}, STATUSES, STATUSES), REST, replayed=True)


def without(position: int) -> tuple[Event, ...]:
    """The log, as if this event had never come into it."""
    rest = [event for event in LOG if event.position != position]
    return tuple(replace(event, position=at) for at, event in enumerate(rest, start=1))


def once_more(position: int) -> Seen:
    """As if the event at this position were in the log twice."""
    again = replace(LOG[position - 1], position=len(LOG) + 1, id="again")
    return replace(SEEN, log=(*LOG, again), progress=replace(REST, head=len(LOG) + 1))


def shown(*comments: ShownComment) -> Seen:
    return replace(SEEN, page=(replace(POST, comments=comments),))
