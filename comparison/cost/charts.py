"""Bars of what each architecture costs, and how old the page is while comments are written."""

from comparison.charts import Axis, Bar, BarChart, Group, LineChart, Point, Series, logarithmic
from comparison.cost.measures import Measure, measures
from comparison.cost.results import Cost, Stale
from comparison.cost.tables import everything, latencies, staleness
from comparison.formats import ms, plain
from comparison.part import Figure, Panel
from comparison.styles import Style, short_name, style_of


def panels(cost: Cost) -> list[Panel]:
    found = measures(cost)
    panels = []
    if cost.staleness and cost.staleness.cells:
        panels.append(_staleness(cost, cost.staleness.cells))
    figures = [
        _figure(cost, f"cost-{id}", title, chosen)
        for id, title, chosen in (
            ("work", "For each request", [each for each in found if each.work]),
            ("being", "For being there", [each for each in found if not each.work]),
        )
        if chosen
    ]
    panels.append(Panel(figures, [everything(cost, found), *latencies(cost)]))
    return panels


def _figure(cost: Cost, id: str, title: str, chosen: list[Measure]) -> Figure:
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


def _staleness(cost: Cost, cells: list[Stale]) -> Panel:
    figure = Figure(
        title="How old the page is while comments are written",
        chart=_curve(cost, cells),
        note="From the response to a comment’s POST until it is approved on the page. Hollow "
        "marks: the writes could not be sent as fast as they should have been, or were not kept up "
        "with.",
    )
    return Panel((figure,), (staleness(cost, cells),))


def _curve(cost: Cost, cells: list[Stale]) -> LineChart:
    times = [time for cell in cells for time in (cell.p50_ms, cell.p95_ms) if time]
    series = []
    for column in cost.columns:
        name, style = short_name(column.name, column.title), style_of(column.name)
        late = Style(style.colour, style.mark, "4 4", hollow=True)
        own = [cell for cell in cells if cell.column == column.name]
        series.append(_line(f"{name}: median", style, [(cell, cell.p50_ms) for cell in own]))
        series.append(_line(f"{name}: 95 %", late, [(cell, cell.p95_ms) for cell in own]))
    shown = tuple(each for each in series if each.points)
    return LineChart(
        id="staleness",
        title="Time until a comment is approved on the page, by comments written per second",
        description="Both axes are logarithmic. At the highest rate of each: "
        + "; ".join(f"{each.name}, {each.value}" for each in shown),
        x=Axis("comments per second", logarithmic([cell.achieved for cell in cells])),
        y=Axis("ms until it is shown", logarithmic(times)),
        series=shown,
        key_title="At the highest rate of each",
    )


def _line(name: str, style: Style, cells: list[tuple[Stale, float | None]]) -> Series:
    points = tuple(
        Point(
            cell.achieved,
            time,
            f"{name}: {plain(cell.achieved)} a second, {ms(time)}",
            unsure=not (cell.reached and cell.kept_up),
        )
        for cell, time in sorted(cells, key=lambda each: each[0].achieved)
        if time and cell.achieved > 0
    )
    return Series(name, style, points, ms(points[-1].y) if points else "")
