"""Claims about how a new service gets the history, and the figures that they are held against."""

from collections import defaultdict

from comparison.formats import extremes, share
from comparison.history.results import History
from comparison.parts import Rule, Values, Verdict, graded

SINGLE, BATCHED, DIRECT = "requests-per-post", "requests-batched", "direct"
EVENTS = "events-caught-up"
STORED = (EVENTS, "events-replayed")


def lead(history: History) -> Values:
    """The fastest and the slowest way, for the largest blog."""
    cells = {way.title: history.largest(way.name) for way in history.ways}
    times = {title: cell.p50_ms for title, cell in cells.items() if cell}
    return {"posts": history.most, "extremes": extremes(times)}


def _while_down(history: History, way: str, *names: str) -> Values:
    """``got``: the shares in words; ``shares``: as numbers; ``code``: of the way."""
    known = {
        target.title: found
        for target in history.outages.targets
        if target.name in names and (found := history.share(way, target.name)) is not None
    }
    got = [f"{share(found)} with {title} down" for title, found in known.items()]
    return {"got": got or None, "shares": list(known.values()), "code": history.code_of(way)}


def _stored(history: History) -> Values:
    """``wrong`` rows of the stored events; of the worst other way by when it subscribed."""
    wrong: dict[str, list[int]] = defaultdict(list)
    for copy in history.amid_writes.cells:
        wrong["always" if copy.way in STORED else copy.subscribed].append(copy.wrong)
    stored = wrong["always"]
    return {
        "events": history.largest(EVENTS),
        "requests": history.largest(BATCHED),
        "wrong": sum(stored) if stored else None,
        "after": max(wrong["after"], default=None) if stored else None,
        "before": max(wrong["before"], default=None) if stored else None,
    }


FINDINGS: tuple[Rule[History], ...] = (
    Rule(
        "code-for-the-past-alone",
        lambda history: {
            "requests": history.code_of(BATCHED) or history.code_of(SINGLE),
            "events": history.code_of(EVENTS),
        },
        lambda v: graded(v["requests"].past > v["events"].past),
    ),
    Rule(
        "sync-couples",
        lambda history: _while_down(history, BATCHED, "posts", "comments"),
        lambda v: graded(max(v["shares"]) < 1),
    ),
    Rule(
        "private-databases",
        lambda history: _while_down(
            history, DIRECT, "posts", "posts-database", "comments-database"
        ),
    ),
    Rule("own-queries", lambda history: {"cell": history.largest(DIRECT)}),
    Rule(
        "past-from-stored-events",
        _stored,
        lambda v: Verdict.OPEN if v["wrong"] is None else graded(v["wrong"] == 0),
    ),
)
