"""Plans of the comparison that take seconds, and the ways that each part compares."""

from typing import Any

from comparison.faults import measure as faults
from comparison.history import measure as history
from comparison.history.measure import Plan
from comparison.history.ways import WAYS as HISTORY_WAYS
from comparison.reads import measure as reads
from comparison.reads.ways import WAYS

TINY = {
    "reads": (reads, reads.Plan(posts=(1, 3), delays=(0.0, 0.001), max_rounds=2, min_rounds=2)),
    "history": (
        history,
        Plan(
            posts=(2, 3),
            delays=(0.0, 0.001),
            most=2,
            least=2,
            outage_posts=2,
            targets=("comments-database", "eventstore-database"),
            subscribed=("after",),
        ),
    ),
    "faults": (
        faults,
        faults.Plan(
            targets=("posts", "databases"),
            pages={"down": 1, "failing": 3},
            posts=2,
            timeout=2.0,
            curve=faults.Curve(shares=(0.5,), calls=(1, 2), pages=4, seconds=0.05),
        ),
    ),
}

WAYS_OF: dict[str, tuple[Any, ...]] = {"reads": WAYS, "history": HISTORY_WAYS, "faults": WAYS}
