"""Latency by the number of posts: a chart for each delay of the network."""

from collections.abc import Sequence

from comparison.charts import Axis, LineChart, Point, Series, logarithmic, short_name, style_of
from comparison.formats import ms, several
from comparison.parts import Figure, Panel
from comparison.reads.results import Reads
from comparison.reads.tables import all_figures, medians
from comparison.results import Named


def panels(reads: Reads) -> list[Panel]:
    found = []
    for delay in reads.delays_ms:
        title, trip = f"Median time, {delay:g} ms of delay on each hop", reads.round_trip(delay)
        note = f"The smallest request took {ms(trip)}." if trip else ""
        figure = Figure(title, chart(reads, delay), note)
        tables = [medians(reads, delay), all_figures(reads, delay)]
        found.append(Panel([figure], tables, delay_ms=delay))
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


def _series(reads: Reads, way: Named, delay: float) -> Series:
    # A log axis has no 0.
    cells = [cell for cell in reads.of(way, delay) if cell.p50_ms > 0 and cell.posts > 0]
    points = tuple(
        Point(at.posts, at.p50_ms, f"{way.title}: {several(at.posts, 'post')}, {ms(at.p50_ms)}")
        for at in cells
    )
    last = ms(cells[-1].p50_ms) if cells else ""
    return Series(short_name(way), style_of(way), points, last)
