"""Bars of what is left pending, handled twice, or missed by a service that is added later."""

from collections.abc import Iterable

from comparison.charts import Bar, BarChart
from comparison.delivery.results import Cell, Delivery, Later
from comparison.delivery.tables import comments, later
from comparison.formats import high
from comparison.parts import Figure, Panel
from comparison.results import find


def panels(delivery: Delivery) -> list[Panel]:
    figures = [
        _comments(delivery, "pending", "Pending for ever", "pending"),
        _comments(delivery, "twice", "Handled more than once", "doubled"),
    ]
    tables = [comments(delivery, scenario) for scenario in delivery.scenarios]
    if delivery.later:
        title = "What a service that is added later gets of the past"
        bars = _bars(delivery, delivery.later, "past_got", "past")
        chart = BarChart("delivery-past", title, {"": bars})
        figures.append(Figure(title, chart, "Comments that were written before it was there."))
        tables.append(later(delivery))
    return [Panel(figures, tables)]


def _comments(delivery: Delivery, id: str, title: str, number: str) -> Figure:
    groups = {}
    for scenario in delivery.scenarios:
        if bars := _bars(delivery, delivery.of(scenario), number, "saved"):
            groups[high(scenario.title)] = bars
    caption = f"{title}: comments, by what happened"
    chart = BarChart(f"delivery-{id}", caption, groups, together=True)
    return Figure(title, chart, "Comments, of all that were saved.")


def _bars(delivery: Delivery, rows: Iterable[Cell | Later], number: str, total: str) -> list[Bar]:
    return [
        Bar.of(way, getattr(row, number), f"{{:,}} of {getattr(row, total):,}".format)
        for way in delivery.ways
        if (row := find(rows, way=way.name))
    ]
