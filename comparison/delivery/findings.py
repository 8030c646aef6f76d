"""Claims about how events travel, and the figures that they are held against."""

from collections.abc import Callable
from typing import Any

from comparison.claims import Rule, Values, graded
from comparison.delivery.results import Cell, Delivery
from comparison.formats import low
from comparison.results import find


def lead(delivery: Delivery) -> Values:
    """What each way left behind, over all faults."""
    found = {low(way.title): _sums(delivery, way.name) for way in delivery.ways}
    left = [
        f"{title}: {sums['pending']:,} pending for ever, {sums['doubled']:,} twice"
        for title, sums in found.items()
        if sums["faults"]
    ]
    saved = max((sums["saved"] for sums in found.values()), default=0)
    return {"saved": saved, "left": "; ".join(left) or None}


def _sums(delivery: Delivery, way: str) -> dict[str, Any]:
    cells = [cell for cell in delivery.cells if cell.way == way]
    names = ("gone", "pending", "doubled", "saved")
    sums = {name: sum(getattr(cell, name) for cell in cells) for name in names}
    return {"faults": len(cells) or None, "later": find(delivery.later, way=way), **sums}


def _loses_nothing(values: Values) -> bool:
    later = values["later"]
    all_past = later is None or later.past_got == later.past
    return all_past and not values["gone"] and not values["pending"]


def _killed(scenario: str, text: Callable[[Cell], str]) -> Callable[[Delivery], Values]:
    """A process that dies between two writes, to a database and to a broker, has done only one."""

    def values(delivery: Delivery) -> Values:
        by_way = [
            f"{low(way.title)} {text(cell)}"
            for way in delivery.ways
            if (cell := delivery.cell(way.name, scenario))
        ]
        broker = delivery.cell("broker", scenario)
        return {"by_way": by_way if broker else None, "broker": broker}

    return values


FINDINGS: tuple[Rule[Delivery], ...] = (
    Rule(
        "bus-loses-events",
        lambda delivery: {"stopped": delivery.cell("bus", "moderation-stopped")},
        lambda v: graded(v["stopped"].lost > 0),
    ),
    Rule(
        "stored-events",
        lambda delivery: _sums(delivery, "store"),
        lambda v: graded(_loses_nothing(v)),
    ),
    Rule(
        "dual-write",
        _killed("writer-killed", lambda cell: f"{cell.gone:,} of {cell.saved:,}"),
        lambda v: graded(v["broker"].gone > 0),
    ),
    Rule(
        "at-least-once",
        _killed("moderation-killed", lambda cell: f"{cell.doubled:,}"),
        lambda v: graded(v["broker"].doubled > 0),
    ),
)
