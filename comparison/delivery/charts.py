"""What is lost, handled twice or left pending, by how events travel."""

from collections.abc import Callable

from comparison.charts import Bar, BarChart, Group
from comparison.delivery.results import Cell, Delivery
from comparison.delivery.tables import comments, later
from comparison.formats import high
from comparison.part import Figure, Panel
from comparison.results import Named
from comparison.styles import short_name, style_of


def panels(delivery: Delivery) -> list[Panel]:
    figures = [
        _figure(delivery, "pending", "Pending for ever", lambda cell: cell.pending),
        _figure(delivery, "twice", "Handled more than once", lambda cell: cell.doubled),
    ]
    if delivery.later:
        figures.append(_past(delivery))
    return [Panel(figures, [comments(delivery), *later(delivery)])]


def _figure(delivery: Delivery, id: str, title: str, count: Callable[[Cell], int]) -> Figure:
    groups = (
        Group(
            high(scenario.title),
            tuple(
                _bar(way, count(cell), cell.saved)
                for way in delivery.ways
                if (cell := delivery.cell(way.name, scenario.name))
            ),
        )
        for scenario in delivery.scenarios
    )
    chart = BarChart(
        f"delivery-{id}",
        f"{title}: comments, by what happened",
        tuple(group for group in groups if group.bars),
        together=True,
    )
    return Figure(title, chart, "Comments, of all that were saved.")


def _past(delivery: Delivery) -> Figure:
    titles = {way.name: way.title for way in delivery.ways}
    bars = tuple(
        _bar(Named(row.way, titles.get(row.way, row.way)), row.past_got, row.past)
        for row in delivery.later
    )
    title = "What a service that is added later gets of the history"
    chart = BarChart("delivery-past", title, (Group("", bars),))
    return Figure(title, chart, "Comments that were written before it was there.")


def _bar(way: Named, count: int, of: int) -> Bar:
    number = f"{count:,} of {of:,}"
    return Bar(short_name(way.name, way.title), count, number, style_of(way.name))
