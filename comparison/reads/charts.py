"""Latency by the number of posts: a chart for each delay of the network."""

from collections.abc import Sequence

from comparison.charts import short_name, style_of
from comparison.formats import ms, several
from comparison.parts import Figure, Panel
from comparison.reads.results import USUAL_POSTS, Reads
from comparison.reads.tables import all_figures, medians, under_load
from comparison.results import Named
from web.charts import Axis, LineChart, Point, Series, logarithmic

LOAD_NOTE = (
    "Pages are requested when they are due, whether or not those before have come. Hollow marks: "
    "they did not come as fast as they were due, and so ever later."
)


def panels(reads: Reads) -> list[Panel]:
    found = []
    for delay in reads.delays_ms:
        title, trip = f"Median time, {delay:g} ms of delay on each hop", reads.round_trip(delay)
        note = f"The smallest request took {ms(trip)}." if trip else ""
        figure = Figure(title, chart(reads, delay), note)
        tables = [medians(reads, delay), all_figures(reads, delay)]
        found.append(Panel([figure], tables, delay_ms=delay))
    if reads.paced:
        title = f"{several(USUAL_POSTS, 'post')} under load"
        found.append(Panel([Figure(title, load_chart(reads), LOAD_NOTE)], [under_load(reads)]))
    return found


def picture(reads: Reads, delay: float | None) -> LineChart:
    """For README: that of the nearest delay, in ms, that was measured."""
    return chart(reads, nearest(reads.delays_ms, delay))


def nearest(delays: Sequence[float], wanted: float | None) -> float:
    """The shortest where none is wanted; 0 where none was measured."""
    return min(delays, key=lambda delay: abs(delay - (wanted or 0.0)), default=0.0)


def chart(reads: Reads, delay: float) -> LineChart:
    """Log axes, which are the same for every delay: what moves is the lines."""
    every = (_series(reads, way, delay) for way in reads.ways)
    series = sorted((each for each in every if each.points), key=lambda each: -each.points[-1].y)
    return LineChart(
        id=f"reads-{delay:g}",
        title="Time until the page is there, by its number of posts, "
        f"with {delay:g} ms of delay on each hop",
        description="Both axes are logarithmic. At the right end, from the slowest to the fastest: "
        + "; ".join(f"{each.name}, {each.value}" for each in series),
        x=Axis("posts on the page", logarithmic(reads.posts)),
        y=Axis("ms until it is there, median", logarithmic([cell.p50_ms for cell in reads.cells])),
        series=tuple(series),
        key_title=f"With {several(max(reads.posts, default=0), 'post')}, {delay:g} ms a hop",
    )


def load_chart(reads: Reads) -> LineChart:
    every = (_load_series(reads, way) for way in reads.ways)
    series = sorted((each for each in every if each.points), key=lambda each: -each.points[-1].y)
    times = [point.y for each in series for point in each.points]
    return LineChart(
        id="reads-load",
        title="Time until the page is there, 95 % of all, by the pages that are due each second",
        description="Both axes are logarithmic. At the highest rate, from the slowest to the "
        "fastest: " + "; ".join(f"{each.name}, {each.value}" for each in series),
        x=Axis("pages due per second", logarithmic([cell.rate for cell in reads.paced])),
        y=Axis("ms from when it was due, 95 %", logarithmic(times)),
        series=tuple(series),
        key_title="At the highest rate",
    )


def _load_series(reads: Reads, way: Named) -> Series:
    points = []
    for cell in reads.paced_of(way):
        if cell.p95_ms:  # a log axis has no 0
            label = f"{way.title}: {cell.rate:g} a second, {ms(cell.p95_ms)}"
            points.append(Point(cell.rate, cell.p95_ms, label, not cell.kept_up))
    last = ms(points[-1].y) if points else ""
    return Series(short_name(way), style_of(way), tuple(points), last)


def _series(reads: Reads, way: Named, delay: float) -> Series:
    # A log axis has no 0.
    cells = [cell for cell in reads.of(way, delay) if cell.p50_ms > 0 and cell.posts > 0]
    points = tuple(
        Point(at.posts, at.p50_ms, f"{way.title}: {several(at.posts, 'post')}, {ms(at.p50_ms)}")
        for at in cells
    )
    last = ms(cells[-1].p50_ms) if cells else ""
    return Series(short_name(way), style_of(way), points, last)
