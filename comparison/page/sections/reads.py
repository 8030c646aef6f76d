"""Part 1 on the page: latency against the number of posts, a panel for each delay."""

from collections.abc import Sequence

from comparison.page import ways
from comparison.page.charts.frame import BOTTOM, LEFT, RIGHT, TOP, Axis
from comparison.page.charts.lines import Plot, Point, Series, lines
from comparison.page.charts.scales import logarithmic
from comparison.page.sections import reads_findings
from comparison.page.sections.section import Figure, Panel, Section, Slider, Table, keys
from comparison.page.shapes.named import Named
from comparison.page.shapes.reads import Cell, Reads
from comparison.page.wording import ms, plain, several

TITLE = "How a page is read"
ASKS = (
    "The same page, the same data, the same machine; only the way in which posts and comments come "
    "together differs. How long until all of it is there?"
)


def section(reads: Reads, delay: float | None = None) -> Section:
    """``delay``: the one to be shown first, in ms; the nearest that was measured."""
    shown = nearest(reads.delays_ms, delay)
    return Section(
        lead=reads_findings.lead(reads),
        panels=[_panel(reads, each, each == shown) for each in reads.delays_ms],
        findings=reads_findings.findings(reads),
        method=reads.method,
        slider=Slider(reads.delays_ms, shown) if reads.delays_ms else None,
    )


def nearest(delays: Sequence[float], wanted: float | None) -> float:
    """The first where none is wanted; 0 where none was measured."""
    if wanted is None:
        return min(delays, default=0.0)
    return min(delays, key=lambda delay: abs(delay - wanted), default=0.0)


def plot(reads: Reads, delay: float, id: str = "") -> Plot:
    """Log axes, which are the same for every delay: what moves is the lines."""
    series = sorted(_series(reads, delay), key=lambda each: -each.points[-1].y)
    most = max(reads.posts, default=0)
    times = [cell.p50_ms for cell in reads.cells]
    return Plot(
        id=id or f"reads-{delay:g}",
        title="Time until the page is there, by its number of posts, "
        f"with {delay:g} ms of delay on each hop",
        description="Both axes are logarithmic. At the right end, from the slowest to the fastest: "
        + "; ".join(f"{each.name}, {each.value}" for each in series),
        x=Axis("posts on the page", logarithmic(reads.posts, LEFT, RIGHT)),
        y=Axis("ms until it is there, median", logarithmic(times, BOTTOM, TOP)),
        series=tuple(series),
        key_title=f"With {several(most, 'post')}, {delay:g} ms a hop",
    )


def _panel(reads: Reads, delay: float, shown: bool) -> Panel:
    drawn = plot(reads, delay)
    trip = next((hop.round_trip_ms for hop in reads.network if hop.delay_ms == delay), None)
    most = max(reads.posts, default=0)
    figure = Figure(
        title=f"Median time, {delay:g} ms of delay on each hop",
        drawn=lines(drawn),
        note=f"The smallest request there is took {ms(trip)}." if trip else "",
        keys=keys(drawn.series),
        key_title=drawn.key_title,
    )
    tables = (_medians(reads, delay, most), _everything(reads, delay))
    return Panel((figure,), tables, value=f"{delay:g}", shown=shown)


def _series(reads: Reads, delay: float) -> list[Series]:
    every = (_one(reads, way, delay) for way in reads.ways)
    return [series for series in every if series.points]


def _one(reads: Reads, way: Named, delay: float) -> Series:
    cells = reads.of(way.name, delay).items()
    points = tuple(
        Point(posts, cell.p50_ms, f"{way.title}: {several(posts, 'post')}, {ms(cell.p50_ms)}")
        for posts, cell in cells
        if cell.p50_ms > 0 and posts > 0  # a log axis has no 0
    )
    last = ms(points[-1].y) if points else ""
    return Series(ways.short(way.name, way.title), ways.look(way.name), points, last)


def _medians(reads: Reads, delay: float, most: int) -> Table:
    model = reads.cell("read-model", most, delay)
    rows = []
    for way in reads.ways:
        cells = reads.of(way.name, delay)
        last = cells.get(most)
        row = [way.title, *(_p50(cells.get(posts)) for posts in reads.posts)]
        row += [f"{last.requests:,}", f"{last.queries:,}"] if last else ["–", "–"]
        known = last and model and model.p50_ms
        row.append(f"{last.p50_ms / model.p50_ms:.1f}" if last and model and known else "–")
        rows.append(row)
    return Table(
        caption=f"Median in ms by number of posts, {delay:g} ms of delay on each hop; requests, "
        f"SQL queries and the ratio are those of the page with {several(most, 'post')}",
        headings=["way", *(f"{posts:,}" for posts in reads.posts)]
        + ["requests", "queries", "× read model"],
        rows=rows,
    )


def _everything(reads: Reads, delay: float) -> Table:
    rows = [
        [way.title, f"{posts:,}", *_numbers(cell)]
        for way in reads.ways
        for posts, cell in reads.of(way.name, delay).items()
    ]
    return Table(
        caption=f"Every figure, {delay:g} ms of delay on each hop; times in ms",
        headings=["way", "posts", "median", "95 %", "shortest", "longest"]
        + ["rounds", "requests", "queries"],
        rows=rows,
        fold=True,
    )


def _numbers(cell: Cell) -> list[str]:
    times = (cell.p50_ms, cell.p95_ms, cell.min_ms, cell.max_ms)
    counts = (cell.rounds, cell.requests, cell.queries)
    return [*map(plain, times), *(f"{count:,}" for count in counts)]


def _p50(cell: Cell | None) -> str:
    return plain(cell.p50_ms) if cell else "–"
