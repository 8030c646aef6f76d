"""The tables of what becomes of comments."""

from functools import partial

from comparison.delivery.results import Cell, Delivery, Later
from comparison.formats import high, plain, several
from comparison.results import Named
from comparison.tables import Column, Table, Tone, count


def comments(delivery: Delivery, scenario: Named) -> Table:
    return Table(
        caption=f"{high(scenario.title)}: what became of {several(delivery.comments, 'comment')} "
        "(lost, twice: events to moderation; back: its decisions)",
        columns=[
            Column("way", lambda cell: delivery.title(cell.way)),
            Column("written", "written", count),
            Column("saved", "saved", count),
            Column("decided", "decided", count),
            *(
                Column(heading, name, count, partial(_bad_if_any, name))
                for heading, name in (
                    ("pending for ever", "pending"),
                    ("lost", "lost"),
                    ("lost back", "lost_back"),
                    ("twice", "twice"),
                    ("twice back", "twice_back"),
                )
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
            Column("way", lambda row: delivery.title(row.way)),
            Column("of the past", _past, tone=lambda row: _tone(row.past_got < row.past)),
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

    def past(way: Named) -> str | None:
        row = delivery.later_of(way.name)
        return _past(row) if row else None

    return Table(
        "Comments left pending for ever / handled twice",
        [
            Column("way", "title"),
            *(
                Column(scenario.title, partial(left, scenario.name))
                for scenario in delivery.scenarios
            ),
            Column("past for a new service", past),
        ],
        delivery.ways,
    )


def _past(row: Later) -> str:
    return f"{row.past_got:,} of {row.past:,}"


def _settled(row: Cell | Later) -> str:
    return "never" if row.settled_s is None else f"{plain(row.settled_s)} s"


def _bad_if_any(name: str, cell: Cell) -> Tone:
    return _tone(getattr(cell, name))


def _tone(bad: float) -> Tone:
    return "bad" if bad else "good"
