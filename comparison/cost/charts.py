"""Charts of what each architecture costs, and how old the page is while comments are written."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import product
from typing import Any

from comparison.charts import Bar, BarChart, short_name, style_of
from comparison.cost.results import Cost, Stale
from comparison.cost.tables import details, headline, measures, staleness
from comparison.formats import ms, plain
from comparison.parts import Figure, Panel
from web.charts import Axis, LineChart, Point, Series, logarithmic

BAR_CHARTS = (
    ("cost-work", "For each request", "write end_to_end read amid cpu_write cpu_read"),
    ("cost-being", "For being there", "idle memory processes stored copies lines files"),
)
"""Ids, titles and the keys of measures."""
DASHED = {"dash": "4 4", "hollow": True}
LINES: tuple[Any, ...] = (("p50_ms", "median", {}), ("p95_ms", "95 %", DASHED))


def panels(cost: Cost) -> list[Panel]:
    curve = [Panel([_curve(cost)], [staleness(cost)])] if cost.staleness.cells else []
    return [*curve, Panel(list(_bars(cost)), [headline(cost), *details(cost)])]


def _bars(cost: Cost) -> Iterator[Figure]:
    found = measures(cost)
    for id, title, keys in BAR_CHARTS:
        groups = {}
        for each in (found[key] for key in keys.split() if key in found):
            values = ((column, each.values[column.name]) for column in cost.columns)
            groups[each.title] = [Bar.of(*value, each.number) for value in values]
        if groups:
            chart = BarChart(id, f"{title}: what each architecture costs", groups)
            yield Figure(title, chart, "Each group has a scale of its own. Times are medians.")


def _curve(cost: Cost) -> Figure:
    cells = sorted(cost.staleness.cells, key=lambda cell: cell.achieved)
    series = tuple(_series(cost, cells))
    times = [point.y for each in series for point in each.points]
    highest = "; ".join(f"{each.name}, {each.value}" for each in series)
    chart = LineChart(
        id="staleness",
        title="Time until a comment is approved on the page, by comments written per second",
        description=f"Both axes are logarithmic. At the highest rate of each: {highest}",
        x=Axis("comments per second", logarithmic([cell.achieved for cell in cells])),
        y=Axis("ms until it is shown", logarithmic(times)),
        series=series,
        key_title="At the highest rate of each",
    )
    return Figure(
        "How old the page is while comments are written",
        chart,
        "From the response to a comment’s POST until it is approved on the page. Hollow marks: the "
        "writes could not be sent as fast as they should have been, or were not kept up with.",
    )


def _series(cost: Cost, cells: Sequence[Stale]) -> Iterator[Series]:
    for column, (attribute, what, look) in product(cost.columns, LINES):
        name, points = f"{short_name(column)}: {what}", []
        for cell in cells:
            time = getattr(cell, attribute) if cell.column == column.name else None
            if time and cell.achieved > 0:  # a log axis has no 0
                label = f"{name}: {plain(cell.achieved)} a second, {ms(time)}"
                unsure = not (cell.reached and cell.kept_up)
                points.append(Point(cell.achieved, time, label, unsure))
        if points:
            style = replace(style_of(column), **look)
            yield Series(name, style, tuple(points), ms(points[-1].y))
