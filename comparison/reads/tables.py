"""The tables of the ways to read a page."""

from functools import partial

from comparison.formats import ms, plain, several
from comparison.reads.results import Reads
from comparison.results import title_of
from comparison.tables import Column, Table, count, layouts

LAYOUTS = layouts(__file__)


def medians(reads: Reads, delay: float) -> Table:
    most, trip = max(reads.posts, default=0), reads.round_trip(delay)
    smallest = f" (the smallest request takes {ms(trip)})" if trip else ""
    by_posts = (
        Column(count(posts), partial(reads.figure, "p50_ms", posts, delay), plain)
        for posts in reads.posts
    )
    cells = reads.at(most, delay)
    ratio = Column("× read model", lambda way: cells.ratio(way.name, "read-model"), "{:.1f}".format)
    return Table(
        f"Median in ms by number of posts, {delay:g} ms of delay on each hop{smallest}; "
        f"requests, SQL queries and the ratio are those of the page with {several(most, 'post')}",
        [Column("way", "title"), *by_posts, *_takes(reads, most, delay), ratio],
        reads.ways,
    )


def all_figures(reads: Reads, delay: float) -> Table:
    cells = (cell for way in reads.ways for cell in reads.of(way, delay))
    rows = ({"title": title_of(cell.way, reads.ways), "cell": cell} for cell in cells)
    return LAYOUTS["all-figures"].table(rows, delay=delay)


def under_load(reads: Reads) -> Table:
    """Yellow: the pages did not come as fast as they were due."""
    cells = (cell for way in reads.ways for cell in reads.paced_of(way))
    rows = ({"title": title_of(cell.way, reads.ways), "cell": cell} for cell in cells)
    return LAYOUTS["under-load"].table(
        rows, tones={"pages /s": lambda row: "" if row["cell"].kept_up else "some"}
    )


def headline(reads: Reads) -> Table:
    """The usual page and the largest, on one machine and over the slowest network."""
    sizes = reads.sizes
    places = {
        f"{posts:,} posts, {delay:g} ms a hop": partial(reads.figure, "p50_ms", posts, delay)
        for delay in (sizes.near_ms, sizes.far_ms)
        for posts in (sizes.posts, sizes.most)
    }
    times = (Column(heading, figure, ms) for heading, figure in places.items())
    return Table(
        f"Until the page is there, median; requests and queries of {sizes.most:,} posts",
        [Column("way", "title"), *times, *_takes(reads, sizes.most, sizes.near_ms)],
        reads.ways,
    )


def _takes(reads: Reads, posts: int, delay: float) -> list[Column]:
    return [
        Column(name, partial(reads.figure, name, posts, delay), count)
        for name in ("requests", "queries")
    ]
