"""Appending to the log, beside ``eventsourcing`` and a raw driver on the same database."""

from collections.abc import Iterator
from typing import NamedTuple

from lab.bench.figures import Figure, Goal
from lab.bench.options import Options, prepared

AREA = "Append: events a second, one process"
INSIDE = "lab.bench.inside.appending"
LIBRARY, LIBRARY_ALIKE = "eventsourcing", "eventsourcing, synchronous=NORMAL"


class Pair(NamedTuple):
    """``ours`` and ``against`` are names of what ``INSIDE`` measures."""

    what: str
    ours: str
    against: str
    goal: float


PAIRS = (
    Pair("append, one event a commit", "append", LIBRARY, 1),
    Pair("append, one event a commit", "append", LIBRARY_ALIKE, 1),
    Pair("append, one event a commit", "append", "driver, one", 0),
    Pair("comment created, through outbox and relay", "comment", LIBRARY, 0.5),
    Pair("comment created, through outbox and relay", "comment", LIBRARY_ALIKE, 0.5),
    Pair("100 events a commit, through the relay", "relay", "driver, many, with an outbox", 0.6),
    Pair("100 events a commit, through the relay", "relay", "driver, many", 0),
)


def measure(options: Options) -> Iterator[Figure]:
    """Nobody else reads or writes meanwhile."""
    for database in options.databases:
        with prepared(database) as box:
            rates = box.run(INSIDE, options.rounds)
        for pair in PAIRS:
            if pair.against not in rates:  # it differs on SQLite alone
                continue
            goal = Goal(pair.goal, "least", "ratio") if pair.goal else None
            samples = {"samples": rates[pair.ours], "theirs": rates[pair.against]}
            yield Figure(
                AREA, pair.what, database, "/s", goal=goal, against=pair.against, **samples
            )
