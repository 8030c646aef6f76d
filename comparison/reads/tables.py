"""The tables of the ways to read a page."""

from functools import partial

from comparison.formats import ms, plain, several
from comparison.reads.results import Reads
from comparison.tables import Column, Table, count


def medians(reads: Reads, delay: float) -> Table:
    most, trip = max(reads.posts, default=0), reads.round_trip(delay)
    smallest = f" (the smallest request takes {ms(trip)})" if trip else ""
    return Table(
        caption=f"Median in ms by number of posts, {delay:g} ms of delay on each hop{smallest}; "
        f"requests, SQL queries and the ratio are those of the page with {several(most, 'post')}",
        columns=[
            Column("way", "title"),
            *(
                Column(count(posts), partial(reads.figure, "p50_ms", posts, delay), plain)
                for posts in reads.posts
            ),
            *_takes(reads, most, delay),
            Column(
                "× read model",
                lambda way: reads.at(most, delay).ratio(way.name, "read-model"),
                "{:.1f}".format,
            ),
        ],
        rows=reads.ways,
    )


def all_figures(reads: Reads, delay: float) -> Table:
    return Table(
        caption=f"All figures, {delay:g} ms of delay on each hop; times in ms",
        columns=[
            Column("way", lambda cell: reads.title(cell.way)),
            Column("posts", "posts", count),
            Column("median", "p50_ms", plain),
            Column("95 %", "p95_ms", plain),
            Column("shortest", "min_ms", plain),
            Column("longest", "max_ms", plain),
            Column("rounds", "rounds", count),
            Column("requests", "requests", count),
            Column("queries", "queries", count),
        ],
        rows=[cell for way in reads.ways for cell in reads.of(way, delay)],
        fold=True,
        terminal=False,
    )


def headline(reads: Reads) -> Table:
    """The usual page and the largest, on one machine and over the slowest network."""
    sizes = reads.sizes
    places = dict.fromkeys(
        (posts, delay)
        for delay in (sizes.near_ms, sizes.far_ms)
        for posts in (sizes.posts, sizes.most)
    )
    times = (
        Column(
            f"{posts:,} posts, {delay:g} ms a hop",
            partial(reads.figure, "p50_ms", posts, delay),
            ms,
        )
        for posts, delay in places
    )
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
