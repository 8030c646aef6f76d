"""The tables of how a new service gets the history."""

from collections.abc import Callable
from functools import partial
from typing import Any

from comparison.formats import ms, plain, share, size
from comparison.history.results import Copy, History
from comparison.results import Named
from comparison.tables import Column, Table, Tone, count

SUBSCRIBED = {"before": "before", "after": "afterwards", "always": "–"}


def tables(history: History) -> list[Table]:
    made = [medians(history, delay) for delay in history.delays_ms]
    made += [make(history) for make in (times, code, rows_while_down, outages, amid_writes, facts)]
    return [table for table in made if table.rows]


def of_way(find: Callable[[str], Any], attribute: str) -> Callable[[Named], Any]:
    """The value of a column: an attribute of what ``find`` has for the row's way."""
    return lambda way: getattr(find(way.name), attribute, None)


def medians(history: History, delay: float) -> Table:
    """For the terminal: the page has a chart."""
    largest = partial(history.cell, posts=history.most, delay=delay)
    by_posts = {posts: partial(history.cell, posts=posts, delay=delay) for posts in history.posts}
    return Table(
        caption="Until the history of a blog is there, by its number of posts: median in ms, with "
        f"{delay:g} ms of delay on each hop; the other columns are those of {history.most:,} posts",
        columns=[
            Column("way", "title"),
            *(Column(count(n), of_way(cell, "p50_ms"), plain) for n, cell in by_posts.items()),
            Column("rows", of_way(largest, "rows"), count),
            Column("rows/s", of_way(largest, "rows_per_second"), count),
            Column("requests", of_way(largest, "requests"), count),
            Column("queries", of_way(largest, "queries"), count),
            Column("records", of_way(largest, "records"), count),
            Column("bytes", of_way(largest, "bytes"), size),
        ],
        rows=history.ways,
        page=False,
    )


def times(history: History) -> Table:
    return Table(
        caption="Every time, in ms, with requests, SQL statements and bytes",
        columns=[
            Column(
                "way",
                lambda c: f"{history.title(c.way)}: {c.posts:,} posts, {c.delay_ms:g} ms a hop",
            ),
            Column("median", "p50_ms", plain),
            Column("95 %", "p95_ms", plain),
            Column("requests", "requests", count),
            Column("queries of others", "queries", count),
            Column("own statements", "written", count),
            Column("rows", "rows", count),
            Column("records", "records", count),
            Column("bytes", "bytes", size),
        ],
        rows=[cell for way in history.ways for cell in history.cells if cell.way == way.name],
        fold=True,
        terminal=False,
    )


def code(history: History) -> Table:
    return Table(
        caption="Lines of code, without tests: for the past alone, and for new events; and the "
        "columns of others that are used",
        columns=[
            Column("way", lambda row: history.title(row.way)),
            Column("new service, past", "own_past", count),
            Column("others, past", "others_past", count),
            Column("new service, new events", "own_live", count),
            Column("others, new events", "others_live", count),
            Column("event store", "store", count),
            Column("columns", lambda row: len(row.columns), count),
        ],
        rows=history.code,
        fold=True,
    )


def rows_while_down(history: History) -> Table:
    """The terminal's heat map."""

    def got(way: str, target: Named) -> str | None:
        cell = history.outage(way, target.name)
        return f"{cell.posts:,} + {cell.comments:,}" if cell else None

    def tone(way: str, target: Named) -> Tone:
        got = history.share(way, target.name)
        return "" if got is None else "good" if got == 1 else "some" if got else "bad"

    names = [way.name for way in history.ways]
    return Table(
        caption="While something is down: the posts + comments that arrive, of "
        f"{history.outages.posts:,} + {history.outages.comments:,}",
        columns=[
            Column("down", "title"),
            *(
                Column(name.replace("-", "\n", 1), partial(got, name), tone=partial(tone, name))
                for name in names
            ),
        ],
        rows=history.outages.targets,
        page=False,
    )


def outages(history: History) -> Table:
    down = {target.name: target.title for target in history.outages.targets}
    return Table(
        caption="What arrives while something is down",
        columns=[
            Column("way", lambda row: f"{history.title(row.way)}; {down[row.target]} down"),
            Column("share", "share", share),
            Column("error", lambda row: row.error or None),
        ],
        rows=history.outages.cells,
        fold=True,
        terminal=False,
    )


def amid_writes(history: History) -> Table:
    def wrong(heading: str, attribute: str) -> Column:
        def tone(copy: Copy) -> Tone:
            return "bad" if getattr(copy, attribute) else "good"

        return Column(heading, attribute, count, tone)

    return Table(
        caption="A copy amid writes: rows that are wrong afterwards (a ghost is deleted elsewhere)",
        columns=[
            Column("way", lambda row: history.title(row.way)),
            Column("subscribed", lambda row: SUBSCRIBED.get(row.subscribed, row.subscribed)),
            Column("took ms", "ms", plain),
            Column("writes meanwhile", "written", count),
            wrong("missing", "missing"),
            wrong("out of date", "stale"),
            wrong("ghosts", "ghosts"),
        ],
        rows=history.amid_writes.cells,
        fold=True,
    )


def facts(history: History) -> Table:
    return Table(
        caption="What has happened, and how much of it a copy of the rows still shows",
        columns=[
            Column("event", "type"),
            Column("published", "published", count),
            Column("visible in a copy", "in_copy", count),
        ],
        rows=history.facts,
        fold=True,
    )


def headline(history: History) -> Table:
    return Table(
        f"A new service gets {history.most:,} posts and their comments",
        [
            Column("way", "title"),
            Column("time", of_way(history.largest, "p50_ms"), ms),
            Column("requests", of_way(history.largest, "requests"), count),
            Column("lines in it for that", of_way(history.code_of, "own_past"), plain),
            Column("in the others", of_way(history.code_of, "others_past"), plain),
            Column("with posts down", lambda way: history.share(way.name, "posts"), share),
        ],
        history.ways,
    )
