"""The tables of how a new service gets the history."""

from collections.abc import Callable
from functools import partial
from typing import Any

from comparison.formats import ms, plain, share, size
from comparison.history.results import Copy, History, Outages
from comparison.results import Named
from comparison.tables import Column, Table, Tone, count

SUBSCRIBED = {"before": "before", "after": "afterwards", "always": "–"}


def tables(history: History) -> list[Table]:
    found = [*(medians(history, delay) for delay in history.delays_ms), times(history)]
    found += [code(history)]
    if history.outages:
        found += [rows_while_down(history, history.outages), outages(history, history.outages)]
    found += [amid_writes(history), facts(history)]
    return [table for table in found if table.rows]


def medians(history: History, delay: float) -> Table:
    """For the terminal: the page has a chart."""

    def p50(posts: int, way: Named) -> float | None:
        cell = history.cell(way.name, posts, delay)
        return cell.p50_ms if cell else None

    def of_most(name: str) -> Callable[[Named], Any]:
        return lambda way: getattr(history.cell(way.name, history.most, delay), name, None)

    return Table(
        caption="Until the history of a blog is there, by its number of posts: median in ms, with "
        f"{delay:g} ms of delay on each hop; the other columns are those of {history.most:,} posts",
        columns=[
            Column("way", "title"),
            *(Column(count(posts), partial(p50, posts), plain) for posts in history.posts),
            Column("rows", of_most("rows"), count),
            Column("rows/s", of_most("rows_per_second"), count),
            Column("requests", of_most("requests"), count),
            Column("queries", of_most("queries"), count),
            Column("records", of_most("records"), count),
            Column("bytes", of_most("bytes"), size),
        ],
        rows=history.ways,
        page=False,
    )


def times(history: History) -> Table:
    titles = {way.name: way.title for way in history.ways}
    return Table(
        caption="Every time, in ms, with requests, SQL statements and bytes",
        columns=[
            Column(
                "way",
                lambda cell: (
                    f"{titles[cell.way]}: {cell.posts:,} posts, {cell.delay_ms:g} ms a hop"
                ),
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


def rows_while_down(history: History, outages: Outages) -> Table:
    """The terminal's heat map."""

    def got(way: str, target: Named) -> str | None:
        cell = outages.cell(way, target.name)
        return f"{cell.posts:,} + {cell.comments:,}" if cell else None

    def tone(way: str, target: Named) -> Tone:
        cell = outages.share(way, target.name)
        return "" if cell is None else "good" if cell == 1 else "some" if cell else "bad"

    return Table(
        caption="While something is down: the posts + comments that arrive, of "
        f"{outages.posts:,} + {outages.comments:,}",
        columns=[
            Column("down", "title"),
            *(
                Column(
                    way.name.replace("-", "\n", 1),
                    partial(got, way.name),
                    tone=partial(tone, way.name),
                )
                for way in history.ways
            ),
        ],
        rows=outages.targets,
        page=False,
    )


def outages(history: History, outages: Outages) -> Table:
    targets = {target.name: target.title for target in outages.targets}
    return Table(
        caption="What arrives while something is down",
        columns=[
            Column(
                "way",
                lambda row: f"{history.title(row.way)}; {targets.get(row.target, row.target)} down",
            ),
            Column("share", "share", share),
            Column("error", lambda row: row.error or None),
        ],
        rows=outages.cells,
        fold=True,
        terminal=False,
    )


def amid_writes(history: History) -> Table:
    def wrong(name: str, row: Copy) -> Tone:
        return "bad" if getattr(row, name) else "good"

    return Table(
        caption="A copy amid writes: rows that are wrong afterwards (a ghost is deleted elsewhere)",
        columns=[
            Column("way", lambda row: history.title(row.way)),
            Column("subscribed", lambda row: SUBSCRIBED.get(row.subscribed, row.subscribed)),
            Column("took ms", "ms", plain),
            Column("writes meanwhile", "written", count),
            *(
                Column(heading, name, count, partial(wrong, name))
                for heading, name in (
                    ("missing", "missing"),
                    ("out of date", "stale"),
                    ("ghosts", "ghosts"),
                )
            ),
        ],
        rows=history.copies,
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
    def of(find: Callable[[str], Any], name: str) -> Callable[[Named], Any]:
        return lambda way: getattr(find(way.name), name, None)

    return Table(
        f"A new service gets {history.most:,} posts and their comments",
        [
            Column("way", "title"),
            Column("time", of(history.largest, "p50_ms"), ms),
            Column("requests", of(history.largest, "requests"), count),
            Column("lines in it for that", of(history.code_of, "own_past"), plain),
            Column("in the others", of(history.code_of, "others_past"), plain),
            Column("with posts down", lambda way: history.share(way.name, "posts"), share),
        ],
        history.ways,
    )
