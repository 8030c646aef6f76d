"""Claims about how events travel, and the figures that they are held against."""

from typing import Any

from comparison.delivery.results import Delivery
from comparison.formats import low
from comparison.parts import Rule, Values, Verdict, graded
from comparison.results import find


def lead(delivery: Delivery) -> Values:
    """What each way left behind, over all faults."""
    saved, left = 0, []
    for way in delivery.ways:
        if (sums := _sums(delivery, way.name))["faults"]:
            both = f"{sums['pending']:,} pending for ever, {sums['doubled']:,} twice"
            left.append(f"{low(way.title)}: {both}")
            saved = max(saved, sums["saved"])
    return {"saved": saved, "left": "; ".join(left) or None}


def _sums(delivery: Delivery, way: str) -> dict[str, Any]:
    cells = [cell for cell in delivery.cells if cell.way == way]
    names = ("gone", "pending", "doubled", "saved")
    sums = {name: sum(getattr(cell, name) for cell in cells) for name in names}
    return {"faults": len(cells) or None, "later": find(delivery.later, way=way), **sums}


def _loses_nothing(values: Values) -> Verdict:
    missed = values["later"].missed if values["later"] else 0
    return graded(not (missed or values["gone"] or values["pending"]))


def _killed(claim: str, scenario: str, bad: str, shown: str) -> Rule[Delivery]:
    """A process that dies between two writes, to a database and to a broker, has done only one."""

    def values(delivery: Delivery) -> Values:
        by_way = [
            f"{low(way.title)} {shown.format(cell)}"
            for way in delivery.ways
            if (cell := delivery.cell(way.name, scenario))
        ]
        broker = delivery.cell("broker", scenario)
        return {"by_way": by_way if broker else None, "broker": broker}

    return Rule(claim, values, lambda found: graded(getattr(found["broker"], bad) > 0))


FINDINGS: tuple[Rule[Delivery], ...] = (
    Rule(
        "bus-loses-events",
        lambda delivery: {"stopped": delivery.cell("bus", "moderation-stopped")},
        lambda found: graded(found["stopped"].lost > 0),
    ),
    Rule("stored-events", lambda delivery: _sums(delivery, "store"), _loses_nothing),
    _killed("dual-write", "writer-killed", "gone", "{0.gone:,} of {0.saved:,}"),
    _killed("at-least-once", "moderation-killed", "doubled", "{0.doubled:,}"),
)
