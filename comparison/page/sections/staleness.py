"""Part 4 on the page: how old the page is while comments are written."""

from comparison.page import columns
from comparison.page.charts.frame import BOTTOM, LEFT, RIGHT, TOP, Axis
from comparison.page.charts.lines import Plot, Point, Series, lines
from comparison.page.charts.looks import Look
from comparison.page.charts.scales import logarithmic
from comparison.page.sections.section import Figure, Panel, Table, keys
from comparison.page.shapes.cost import Cost, Stale
from comparison.page.wording import ms, percent, plain


def panel(cost: Cost, cells: list[Stale]) -> Panel:
    drawn = _curve(cost, cells)
    titles = {column.name: column.title for column in cost.columns}
    figure = Figure(
        title="How old the page is while comments are written",
        drawn=lines(drawn),
        note="From the answer to a comment’s POST until it is approved on the page. Hollow marks: "
        "the writes could not be sent as fast as they should have been, or were not kept up with.",
        keys=keys(drawn.series),
        key_title="At the highest rate of each",
    )
    table = Table(
        caption="Staleness by rate of writes, in ms",
        headings=["", "wanted /s", "written /s", "shown", "median", "95 %", "save", "CPU"],
        rows=[
            [titles.get(cell.column, cell.column), plain(cell.rate), plain(cell.achieved)]
            + [f"{cell.shown:,} of {cell.sent:,}", plain(cell.p50_ms), plain(cell.p95_ms)]
            + [plain(cell.write_p50_ms), percent(cell.cpu_percent)]
            for cell in cells
        ],
        fold=True,
    )
    return Panel((figure,), (table,))


def _curve(cost: Cost, cells: list[Stale]) -> Plot:
    times = [time for cell in cells for time in (cell.p50_ms, cell.p95_ms) if time]
    series = []
    for column in cost.columns:
        name, look = columns.short(column.name, column.title), columns.look(column.name)
        late = Look(look.colour, look.mark, "4 4", hollow=True)
        own = [cell for cell in cells if cell.column == column.name]
        series.append(_line(f"{name}: median", look, [(cell, cell.p50_ms) for cell in own]))
        series.append(_line(f"{name}: 95 %", late, [(cell, cell.p95_ms) for cell in own]))
    shown = tuple(each for each in series if each.points)
    return Plot(
        id="staleness",
        title="Time until a comment is approved on the page, by comments written per second",
        description="Both axes are logarithmic. At the highest rate of each: "
        + "; ".join(f"{each.name}, {each.value}" for each in shown),
        x=Axis("comments per second", logarithmic([cell.achieved for cell in cells], LEFT, RIGHT)),
        y=Axis("ms until it is shown", logarithmic(times, BOTTOM, TOP)),
        series=shown,
    )


def _line(name: str, look: Look, cells: list[tuple[Stale, float | None]]) -> Series:
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
    return Series(name, look, points, ms(points[-1].y) if points else "")
