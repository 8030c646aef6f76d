"""Claims about outages and slow calls, and the figures that they are held against."""

import math

from comparison.faults.results import Faults, SlowCalls
from comparison.formats import share
from comparison.parts import Rule, Values, graded
from comparison.reads.results import CALLING

DEVIATIONS, MOST_ROWS = 3.0, 0.9


def lead(faults: Faults) -> Values:
    """How many ways stand while each target is down."""
    ways = tuple(way.name for way in faults.ways)
    stand = [
        f"{target.title}, {shares.count(1)}"
        for target in faults.targets
        if (shares := faults.shares(ways, target.name))
    ]
    return {"ways": len(ways), "stand": "; ".join(stand) or None}


def _outages(faults: Faults) -> Values:
    """Of the ways that call services, and of the read model."""
    modes = {mode.name: mode for mode in faults.modes}
    calling, model = (
        {name: faults.shares(ways, name) for name in ("posts", "comments")}
        for ways in (CALLING, ("read-model",))
    )
    none = [
        f"with {name} down, {shares.count(0)} of {len(shares)} ways brought no page at all"
        for name, shares in calling.items()
        if shares
    ]
    brought = [f"{share(each)} of pages with {name} down" for name in model for each in model[name]]
    failing = faults.shares(CALLING, "comments", "failing")
    return {
        "none": none or None,
        "down": [*calling["posts"], *calling["comments"]],
        "failing": modes.get("failing"),
        "low": min(failing, default=None),
        "high": max(failing, default=None),
        "slow": modes.get("slow-200"),
        "posts": faults.posts,
        "one": faults.cell("gateway-batched", "comments", "slow-200"),
        "turn": faults.cell("per-post", "comments", "slow-200"),
        "brought": brought or None,
        "model": [*model["posts"], *model["comments"]],
        "own": faults.share("read-model", "query"),
    }


def _tail(faults: Faults) -> Values:
    rows = faults.slow_calls
    return {
        "most": max(rows, key=lambda row: (row.calls, row.share_of_calls), default=None),
        "rows": len(rows),
        "within": sum(map(_is_chance, rows)),
    }


def _is_chance(row: SlowCalls) -> bool:
    """The measured share is no further from the formula's than by three standard deviations of so
    many independent pages, or by one page."""
    deviation = math.sqrt(row.formula * (1 - row.formula) / row.pages)
    return abs(row.share - row.formula) <= max(DEVIATIONS * deviation, 1 / row.pages)


FINDINGS: tuple[Rule[Faults], ...] = (
    Rule("sync-couples", _outages, lambda v: graded(max(v["down"]) < 1, some=min(v["down"]) < 1)),
    # Calls made one after another are as slow as all slow ones together.
    Rule("slowest-call", _outages, lambda v: graded(v["turn"].p50_ms <= 2 * v["one"].p50_ms, True)),
    Rule("fast-without-dependencies", _outages, lambda v: graded(min(v["model"]) == 1)),
    Rule(
        "tail-at-scale",
        _tail,
        lambda v: graded(v["within"] >= MOST_ROWS * v["rows"], some=v["within"] > 0),
    ),
)
