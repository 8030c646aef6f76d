"""The tables of what becomes of comments (``tables.toml``)."""

from functools import partial
from typing import Any

from comparison.delivery.results import Cell, Delivery, Later
from comparison.formats import plain
from comparison.results import Named, find
from comparison.tables import Column, Table, Tone, layouts

LAYOUTS = layouts(__file__)

Row = dict[str, Any]


def comments(delivery: Delivery, scenario: Named) -> Table:
    bad = ("lost", "lost back", "twice", "twice back")
    names = {"pending for ever": "pending"} | {name: name.replace(" ", "_") for name in bad}
    return LAYOUTS["comments"].table(
        [
            {"way": way, "cell": cell, "settled": _settled(cell)}
            for way in delivery.ways
            if (cell := delivery.cell(way.name, scenario.name))
        ],
        tones={heading: partial(_tone, name) for heading, name in names.items()},
        scenario=scenario,
        comments=delivery.comments,
    )


def later(delivery: Delivery) -> Table:
    return LAYOUTS["later"].table(
        [
            {"way": way, "cell": cell, "settled": _settled(cell)}
            for way in delivery.ways
            if (cell := find(delivery.later, way=way.name))
        ],
        tones={"of the past": partial(_tone, "missed")},
    )


def headline(delivery: Delivery) -> Table:
    def left(scenario: str, row: Row) -> str | None:
        cell = delivery.cell(row["way"].name, scenario)
        return f"{cell.pending:,} / {cell.doubled:,} of {cell.saved:,}" if cell else None

    scenarios = (Column(each.title, partial(left, each.name)) for each in delivery.scenarios)
    return LAYOUTS["headline"].table(
        [{"way": way, "later": find(delivery.later, way=way.name)} for way in delivery.ways],
        first=[Column("way", lambda row: row["way"].title), *scenarios],
    )


def _settled(cell: Cell | Later) -> str:
    return "never" if cell.settled_s is None else f"{plain(cell.settled_s)} s"


def _tone(name: str, row: Row) -> Tone:
    """Of a number that should be 0."""
    return "bad" if getattr(row["cell"], name) else "good"
