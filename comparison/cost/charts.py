"""Charts of what each architecture costs, and how old the page is while comments are written."""

from collections.abc import Iterator
from dataclasses import replace

from comparison.charts import (
    Axis,
    Bar,
    BarChart,
    LineChart,
    Point,
    Series,
    logarithmic,
    short_name,
    style_of,
)
from comparison.cost.measures import measures
from comparison.cost.results import Cost
from comparison.cost.tables import details, headline, staleness
from comparison.formats import ms, plain
from comparison.parts import Figure, Panel

BAR_CHARTS = (
    ("cost-work", "For each request", "write end_to_end read amid cpu_write cpu_read"),
    ("cost-being", "For being there", "idle memory processes stored copies lines files"),
)
"""Ids, titles and the keys of measures."""


def panels(cost: Cost) -> list[Panel]:
    panels = [Panel(list(_bars(cost)), [headline(cost), *details(cost)])]
    if cost.staleness.cells:
        panels.insert(0, Panel([_curve(cost)], [staleness(cost)]))
    return panels


def _bars(cost: Cost) -> Iterator[Figure]:
    found = measures(cost)
    for id, title, keys in BAR_CHARTS:
        groups = {
            measure.title: [
                Bar.of(column, measure.values.get(column.name), measure.number)
                for column in cost.columns
            ]
            for measure in (found[key] for key in keys.split() if key in found)
        }
        if groups:
            chart = BarChart(id, f"{title}: what each architecture costs", groups)
            yield Figure(title, chart, "Each group has a scale of its own. Times are medians.")


def _curve(cost: Cost) -> Figure:
    cells = sorted(cost.staleness.cells, key=lambda cell: cell.achieved)
    series = []
    for column in cost.columns:
        style = style_of(column)
        late = replace(style, dash="4 4", hollow=True)
        for attribute, what, drawn in (("p50_ms", "median", style), ("p95_ms", "95 %", late)):
            name = f"{short_name(column)}: {what}"
            points = tuple(
                Point(
                    cell.achieved,
                    time,
                    f"{name}: {plain(cell.achieved)} a second, {ms(time)}",
                    unsure=not (cell.reached and cell.kept_up),
                )
                for cell in cells
                if cell.column == column.name
                and (time := getattr(cell, attribute))
                and cell.achieved > 0
            )
            if points:
                series.append(Series(name, drawn, points, ms(points[-1].y)))
    times = [point.y for each in series for point in each.points]
    chart = LineChart(
        id="staleness",
        title="Time until a comment is approved on the page, by comments written per second",
        description="Both axes are logarithmic. At the highest rate of each: "
        + "; ".join(f"{each.name}, {each.value}" for each in series),
        x=Axis("comments per second", logarithmic([cell.achieved for cell in cells])),
        y=Axis("ms until it is shown", logarithmic(times)),
        series=tuple(series),
        key_title="At the highest rate of each",
    )
    return Figure(
        "How old the page is while comments are written",
        chart,
        "From the response to a comment’s POST until it is approved on the page. Hollow marks: the "
        "writes could not be sent as fast as they should have been, or were not kept up with.",
    )
