"""Bars of what is left pending, handled twice, or missed by a service that is added later."""

from collections.abc import Callable

from comparison.charts import Bar, BarChart
from comparison.delivery.results import Cell, Delivery
from comparison.delivery.tables import comments, later
from comparison.formats import high
from comparison.parts import Figure, Panel


def panels(delivery: Delivery) -> list[Panel]:
    figures = [
        _comments(delivery, "pending", "Pending for ever", lambda cell: cell.pending),
        _comments(delivery, "twice", "Handled more than once", lambda cell: cell.doubled),
    ]
    tables = [comments(delivery, scenario) for scenario in delivery.scenarios]
    if delivery.later:
        figures.append(_past(delivery))
        tables.append(later(delivery))
    return [Panel(figures, tables)]


def _comments(delivery: Delivery, id: str, title: str, number: Callable[[Cell], int]) -> Figure:
    groups = {}
    for scenario in delivery.scenarios:
        bars = [
            Bar.of(way, number(cell), f"{{:,}} of {cell.saved:,}".format)
            for way in delivery.ways
            if (cell := delivery.cell(way.name, scenario.name))
        ]
        if bars:
            groups[high(scenario.title)] = bars
    chart = BarChart(
        f"delivery-{id}", f"{title}: comments, by what happened", groups, together=True
    )
    return Figure(title, chart, note="Comments, of all that were saved.")


def _past(delivery: Delivery) -> Figure:
    bars = [
        Bar.of(way, row.past_got, f"{{:,}} of {row.past:,}".format)
        for way in delivery.ways
        if (row := delivery.later_of(way.name))
    ]
    title = "What a service that is added later gets of the past"
    chart = BarChart("delivery-past", title, {"": bars})
    return Figure(title, chart, note="Comments that were written before it was there.")
