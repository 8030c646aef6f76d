"""The tables of what becomes of comments (``tables.toml``)."""

from functools import partial
from typing import Any

from comparison.delivery.results import Delivery
from comparison.formats import plain
from comparison.results import Named, find
from comparison.tables import Column, Table, Tone, layouts

LAYOUTS = layouts(__file__)

Row = dict[str, Any]


def comments(delivery: Delivery, scenario: Named) -> Table:
    bad = ("lost", "lost back", "twice", "twice back")
    names = {"pending for ever": "pending"} | {name: name.replace(" ", "_") for name in bad}
    slots = {"scenario": scenario, "comments": delivery.comments}
    return _of_ways(delivery, "comments", delivery.of(scenario), names, **slots)


def later(delivery: Delivery) -> Table:
    return _of_ways(delivery, "later", delivery.later, {"of the past": "missed"})


def _of_ways(
    delivery: Delivery, name: str, cells: list[Any], bad: dict[str, str], **slots: Any
) -> Table:
    """A row for each way. ``bad``: by heading, the attribute of a cell that should be 0."""
    rows = []
    for way in delivery.ways:
        if cell := find(cells, way=way.name):
            settled = "never" if cell.settled_s is None else f"{plain(cell.settled_s)} s"
            rows.append({"way": way, "cell": cell, "settled": settled})
    tones = {heading: partial(_tone, attribute) for heading, attribute in bad.items()}
    return LAYOUTS[name].table(rows, tones=tones, **slots)


def headline(delivery: Delivery) -> Table:
    def left(scenario: str, row: Row) -> str | None:
        cell = delivery.cell(row["way"].name, scenario)
        return f"{cell.pending:,} / {cell.doubled:,} of {cell.saved:,}" if cell else None

    scenarios = (Column(each.title, partial(left, each.name)) for each in delivery.scenarios)
    return LAYOUTS["headline"].table(
        [{"way": way, "later": find(delivery.later, way=way.name)} for way in delivery.ways],
        first=[Column("way", lambda row: row["way"].title), *scenarios],
    )


def _tone(attribute: str, row: Row) -> Tone:
    return "bad" if getattr(row["cell"], attribute) else "good"
