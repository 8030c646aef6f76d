"""The tables of how a new service gets the history (``tables.toml``)."""

from collections.abc import Callable, Iterable
from functools import partial
from operator import itemgetter
from typing import Any

from msgspec.structs import asdict

from comparison.formats import plain
from comparison.history.results import Copy, History
from comparison.results import find, title_of
from comparison.tables import Column, Table, Tone, count, heat_columns, layouts

LAYOUTS = layouts(__file__)
WRONG = {"missing": "missing", "out of date": "stale", "ghosts": "ghosts"}
SUBSCRIBED = {"before": "before", "after": "afterwards", "always": "–"}

Row = dict[str, Any]


def tables(history: History) -> list[Table]:
    made = [medians(history, delay) for delay in history.delays_ms]
    made += [make(history) for make in (times, code, rows_while_down, outages, amid_writes, facts)]
    return [table for table in made if table.rows]


def medians(history: History, delay: float) -> Table:
    def median(posts: int, row: Row) -> float | None:
        return getattr(history.cell(row["way"], posts, delay), "p50_ms", None)

    by_posts = (Column(count(posts), partial(median, posts), plain) for posts in history.posts)
    rows = [
        {"way": way.name, "title": way.title, "cell": history.cell(way.name, history.most, delay)}
        for way in history.ways
    ]
    way = Column("way", itemgetter("title"))
    return LAYOUTS["medians"].table(rows, first=[way, *by_posts], delay=delay, posts=history.most)


def times(history: History) -> Table:
    cells = [cell for way in history.ways for cell in history.cells if cell.way == way.name]
    return LAYOUTS["times"].table(_rows(history, cells))


def code(history: History) -> Table:
    rows = _rows(history, history.code, columns=lambda code: len(code.columns))
    return LAYOUTS["code"].table(rows)


def rows_while_down(history: History) -> Table:
    """The terminal's heat map."""
    outages = history.outages
    columns = heat_columns(
        {way.name: way.name.replace("-", "\n", 1) for way in history.ways},
        lambda way, row: find(outages.cells, way=way, target=row["target"].name),
        lambda cell: f"{cell.posts:,} + {cell.comments:,}",
    )
    rows = [{"target": target} for target in outages.targets]
    return LAYOUTS["rows-while-down"].table(
        rows, last=columns, posts=outages.posts, comments=outages.comments
    )


def outages(history: History) -> Table:
    down = {target.name: target.title for target in history.outages.targets}
    rows = _rows(history, history.outages.cells, target=lambda cell: down[cell.target])
    return LAYOUTS["outages"].table(rows)


def amid_writes(history: History) -> Table:
    def subscribed(copy: Copy) -> str:
        return SUBSCRIBED.get(copy.subscribed, copy.subscribed)

    def tone(name: str, row: Row) -> Tone:
        return "bad" if getattr(row["cell"], name) else "good"

    return LAYOUTS["amid-writes"].table(
        _rows(history, history.amid_writes.cells, subscribed=subscribed),
        tones={heading: partial(tone, name) for heading, name in WRONG.items()},
    )


def facts(history: History) -> Table:
    return LAYOUTS["facts"].table(map(asdict, history.facts))


def headline(history: History) -> Table:
    rows = [
        {
            "title": way.title,
            "cell": history.largest(way.name),
            "code": history.code_of(way.name),
            "share": history.share(way.name, "posts"),
        }
        for way in history.ways
    ]
    return LAYOUTS["headline"].table(rows, posts=history.most)


def _rows(history: History, cells: Iterable[Any], **values: Callable[[Any], Any]) -> list[Row]:
    """Of each cell: it, the ``title`` of its way, and these values of it."""
    return [
        {"title": title_of(cell.way, history.ways), "cell": cell}
        | {name: value(cell) for name, value in values.items()}
        for cell in cells
    ]
