"""Claims about how events travel, and the figures that they are held against."""

from collections.abc import Callable

from comparison.claims import Rule, Values, graded
from comparison.delivery.results import Cell, Delivery
from comparison.formats import low

BUS, BROKER, STORE = "bus", "broker", "store"


def lead(delivery: Delivery) -> str:
    """What each way left behind, over all faults."""
    found = {way.title: cells for way in delivery.ways if (cells := delivery.of_way(way.name))}
    left = [
        f"{low(title)}: {sum(cell.pending for cell in cells):,} pending for ever, "
        f"{sum(cell.doubled for cell in cells):,} twice"
        for title, cells in found.items()
    ]
    saved = max((sum(cell.saved for cell in cells) for cells in found.values()), default=0)
    return f"Over all faults, of up to {saved:,} comments: {'; '.join(left)}." if left else ""


def _store(delivery: Delivery) -> Values:
    cells = delivery.of_way(STORE)
    return {
        "faults": len(cells) or None,
        "gone": sum(cell.gone for cell in cells),
        "pending": sum(cell.pending for cell in cells),
        "saved": sum(cell.saved for cell in cells),
        "later": delivery.later_of(STORE),
    }


def _loses_nothing(values: Values) -> bool:
    later = values["later"]
    return values["gone"] == values["pending"] == 0 and (
        later is None or later.past_got == later.past
    )


def _killed(scenario: str, text: Callable[[Cell], str]) -> Callable[[Delivery], Values]:
    """A process that dies between two writes, to a database and to a broker, has done only one."""

    def values(delivery: Delivery) -> Values:
        cells = {way.title: delivery.cell(way.name, scenario) for way in delivery.ways}
        by_way = [f"{low(title)} {text(cell)}" for title, cell in cells.items() if cell]
        broker = delivery.cell(BROKER, scenario)
        return {"by_way": by_way if broker else None, "broker": broker}

    return values


FINDINGS: tuple[Rule[Delivery], ...] = (
    Rule(
        "bus-loses-events",
        lambda delivery: {"stopped": delivery.cell(BUS, "moderation-stopped")},
        (
            "With moderation stopped, {stopped.lost:,} of {stopped.saved:count comment} never "
            "reached it; {stopped.pending:,} were pending for ever after it was back.",
        ),
        lambda v: graded(v["stopped"].lost > 0),
    ),
    Rule(
        "stored-events",
        _store,
        (
            "From the event store, over {faults:count fault}: {gone:,} lost and {pending:,} "
            "pending for ever, of {saved:count comment}.",
            " A service that was added later got {later.past_got:,} of {later.past:,} past "
            "comments.",
        ),
        lambda v: graded(_loses_nothing(v)),
    ),
    Rule(
        "dual-write",
        _killed("writer-killed", lambda cell: f"{cell.gone:,} of {cell.saved:,}"),
        ("The writer was killed after its commit; comments lost by that: {by_way:list}.",),
        lambda v: graded(v["broker"].gone > 0),
    ),
    Rule(
        "at-least-once",
        _killed("moderation-killed", lambda cell: f"{cell.doubled:,}"),
        ("Moderation was killed after its commit; comments handled twice by that: {by_way:list}.",),
        lambda v: graded(v["broker"].doubled > 0),
    ),
)
