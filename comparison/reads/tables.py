"""The tables of the ways to read a page."""

from collections.abc import Callable
from functools import partial

from comparison.formats import ms, plain, ratio, several
from comparison.reads.results import Reads, Sizes
from comparison.results import Named
from comparison.tables import Column, Table, count


def medians(reads: Reads, delay: float) -> Table:
    most = max(reads.posts, default=0)

    def p50(posts: int, way: Named) -> float | None:
        return reads.p50(way.name, posts, delay)

    def to_model(way: Named) -> float | None:
        return ratio(p50(most, way), reads.p50("read-model", most, delay))

    trip = reads.round_trip(delay)
    smallest = f" (the smallest request takes {ms(trip)})" if trip else ""
    return Table(
        caption=f"Median in ms by number of posts, {delay:g} ms of delay on each hop{smallest}; "
        f"requests, SQL queries and the ratio are those of the page with {several(most, 'post')}",
        columns=[
            Column("way", "title"),
            *(Column(count(posts), partial(p50, posts), plain) for posts in reads.posts),
            Column("requests", _takes(reads, "requests", most, delay), count),
            Column("queries", _takes(reads, "queries", most, delay), count),
            Column("× read model", to_model, "{:.1f}".format),
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
        rows=[cell for way in reads.ways for cell in reads.of(way.name, delay).values()],
        fold=True,
        terminal=False,
    )


def headline(reads: Reads) -> Table:
    """The usual page and the largest, on one machine and over the slowest network."""
    sizes = Sizes.of(reads)
    places = dict.fromkeys(
        (posts, delay)
        for delay in (sizes.near_ms, sizes.far_ms)
        for posts in (sizes.posts, sizes.most)
    )

    def p50(posts: int, delay: float, way: Named) -> float | None:
        return reads.p50(way.name, posts, delay)

    return Table(
        f"Until the page is there, median; requests and queries of {sizes.most:,} posts",
        [
            Column("way", "title"),
            *(
                Column(f"{posts:,} posts, {delay:g} ms a hop", partial(p50, posts, delay), ms)
                for posts, delay in places
            ),
            Column("requests", _takes(reads, "requests", sizes.most, sizes.near_ms), count),
            Column("queries", _takes(reads, "queries", sizes.most, sizes.near_ms), count),
        ],
        reads.ways,
    )


def _takes(reads: Reads, what: str, posts: int, delay: float) -> Callable[[Named], int | None]:
    return lambda way: getattr(reads.cell(way.name, posts, delay), what, None)
