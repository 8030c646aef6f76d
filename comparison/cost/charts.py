"""Charts of what each architecture costs, and how old the page is while comments are written."""

from comparison.charts import Axis, Bar, BarChart, Group, LineChart, Point, Series, logarithmic
from comparison.cost.measures import Measure, measures
from comparison.cost.results import Cost, Stale
from comparison.cost.tables import details, headline, staleness
from comparison.formats import ms, plain
from comparison.part import Figure, Panel
from comparison.styles import Style, short_name, style_of

BAR_CHARTS = (
    (
        "cost-work",
        "For each request",
        ("write", "end_to_end", "read", "amid", "cpu_write", "cpu_read"),
    ),
    (
        "cost-being",
        "For being there",
        ("idle", "memory", "processes", "stored", "copies", "lines", "files"),
    ),
)


def panels(cost: Cost) -> list[Panel]:
    found = measures(cost)
    figures = [
        _bars(cost, id, title, [found[key] for key in keys if key in found])
        for id, title, keys in BAR_CHARTS
        if found.keys() & set(keys)
    ]
    panels = [Panel(figures, [headline(cost), *details(cost)])]
    if cost.staleness and cost.staleness.cells:
        cells = cost.staleness.cells
        panels.insert(0, Panel([_curve(cost, cells)], [staleness(cost, cells)]))
    return panels


def _bars(cost: Cost, id: str, title: str, chosen: list[Measure]) -> Figure:
    groups = tuple(
        Group(
            measure.title,
            tuple(
                Bar.of(column, measure.values.get(column.name), measure.number)
                for column in cost.columns
            ),
        )
        for measure in chosen
    )
    chart = BarChart(id, f"{title}: what each architecture costs", groups)
    return Figure(title, chart, "Each group has a scale of its own. Times are medians.")


def _curve(cost: Cost, cells: list[Stale]) -> Figure:
    times = [time for cell in cells for time in (cell.p50_ms, cell.p95_ms) if time]
    series = []
    for column in cost.columns:
        name, style = short_name(column.name, column.title), style_of(column.name)
        late = Style(style.colour, style.mark, "4 4", hollow=True)
        own = sorted((c for c in cells if c.column == column.name), key=lambda cell: cell.achieved)
        series.append(_series(f"{name}: median", style, [(cell, cell.p50_ms) for cell in own]))
        series.append(_series(f"{name}: 95 %", late, [(cell, cell.p95_ms) for cell in own]))
    shown = tuple(each for each in series if each.points)
    chart = LineChart(
        id="staleness",
        title="Time until a comment is approved on the page, by comments written per second",
        description="Both axes are logarithmic. At the highest rate of each: "
        + "; ".join(f"{each.name}, {each.value}" for each in shown),
        x=Axis("comments per second", logarithmic([cell.achieved for cell in cells])),
        y=Axis("ms until it is shown", logarithmic(times)),
        series=shown,
        key_title="At the highest rate of each",
    )
    return Figure(
        "How old the page is while comments are written",
        chart,
        "From the response to a comment’s POST until it is approved on the page. Hollow marks: the "
        "writes could not be sent as fast as they should have been, or were not kept up with.",
    )


def _series(name: str, style: Style, cells: list[tuple[Stale, float | None]]) -> Series:
    points = tuple(
        Point(
            cell.achieved,
            time,
            f"{name}: {plain(cell.achieved)} a second, {ms(time)}",
            unsure=not (cell.reached and cell.kept_up),
        )
        for cell, time in cells
        if time and cell.achieved > 0
    )
    return Series(name, style, points, ms(points[-1].y) if points else "")
