"""The tables of what becomes of comments."""

from collections.abc import Callable
from functools import partial
from operator import attrgetter
from typing import Any

from comparison.delivery.results import Cell, Delivery, Later
from comparison.formats import high, plain, several
from comparison.results import Named, find, title_of
from comparison.tables import Column, Table, Tone, count

BAD = {
    "pending for ever": "pending",
    "lost": "lost",
    "lost back": "lost_back",
    "twice": "twice",
    "twice back": "twice_back",
}


def comments(delivery: Delivery, scenario: Named) -> Table:
    return Table(
        caption=f"{high(scenario.title)}: what became of {several(delivery.comments, 'comment')} "
        "(lost, twice: events to moderation; back: its decisions)",
        columns=[
            Column("way", lambda cell: title_of(cell.way, delivery.ways)),
            *(Column(name, name, count) for name in ("written", "saved", "decided")),
            *(
                Column(heading, name, count, partial(_tone, attrgetter(name)))
                for heading, name in BAD.items()
            ),
            Column("settled after", _settled),
            Column("faults", "faults", count),
        ],
        rows=[cell for way in delivery.ways if (cell := delivery.cell(way.name, scenario.name))],
        fold=True,
    )


def later(delivery: Delivery) -> Table:
    return Table(
        caption="A service was added later: the comments that it knows",
        columns=[
            Column("way", lambda row: title_of(row.way, delivery.ways)),
            Column("of the past", _past, tone=partial(_tone, lambda row: row.past_got < row.past)),
            Column("of new ones", lambda row: f"{row.new_got:,} of {row.new:,}"),
            Column("settled after", _settled),
        ],
        rows=delivery.later,
        fold=True,
    )


def headline(delivery: Delivery) -> Table:
    def left(scenario: str, way: Named) -> str | None:
        cell = delivery.cell(way.name, scenario)
        return f"{cell.pending:,} / {cell.doubled:,} of {cell.saved:,}" if cell else None

    return Table(
        "Comments left pending for ever / handled twice",
        [
            Column("way", "title"),
            *(Column(each.title, partial(left, each.name)) for each in delivery.scenarios),
            Column("past for a new service", lambda way: _past(find(delivery.later, way=way.name))),
        ],
        delivery.ways,
    )


def _past(row: Later | None) -> str | None:
    return f"{row.past_got:,} of {row.past:,}" if row else None


def _settled(row: Cell | Later) -> str:
    return "never" if row.settled_s is None else f"{plain(row.settled_s)} s"


def _tone(is_bad: Callable[[Any], object], row: Any) -> Tone:
    return "bad" if is_bad(row) else "good"
