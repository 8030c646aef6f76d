"""The tables of what each architecture costs."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from operator import itemgetter
from typing import Any

from comparison.cost.measures import Measure, measures
from comparison.cost.results import (
    Cost,
    Latency,
    LinesOf,
    Stale,
    StoredDatabase,
    StoredOf,
    TouchedOf,
)
from comparison.formats import among, low, percent, plain, size, times
from comparison.tables import Column, Table, Tone, count


def headline(cost: Cost) -> Table:
    """All figures side by side; the least of each is green."""
    titles = [column.title for column in cost.columns]
    ratio = Column(f"{titles[-1]} to {low(titles[0])}", "factor", times)
    columns = [
        Column(each.title, partial(_number, each.name), tone=partial(_least, each.name))
        for each in cost.columns
    ]
    return Table(
        "What it costs; times are medians",
        [Column("", "title"), *columns, ratio],
        list(measures(cost).values()),
    )


def details(cost: Cost) -> Iterator[Table]:
    """Those of which anything was measured."""
    if cost.write or cost.end_to_end or cost.reads:
        yield latencies(cost)
    if any(cell.processes for cell in cost.memory):
        yield memory(cost)
    if cost.stored and any(cell.databases for cell in cost.stored.cells):
        yield stored(cost, cost.stored)
    if cost.code and cost.code.groups:
        yield lines(cost, cost.code)
    if cost.touched and any(cell.files for cell in cost.touched.cells):
        yield touched(cost, cost.touched)


def latencies(cost: Cost) -> Table:
    kinds = {kind.name: f"a page, {kind.title}" for kind in cost.read_kinds}
    rows: list[tuple[str, Latency]] = [("a comment is saved", row) for row in cost.write]
    rows += [("a comment is approved on the page", row) for row in cost.end_to_end]
    rows += [(kinds.get(row.kind, row.kind), row) for row in cost.reads]
    return Table(
        "Every time that was measured, in ms",
        [
            Column("", lambda row: f"{cost.title(row[1].column)}: {row[0]}"),
            Column("samples", lambda row: row[1].count, count),
            Column("median", lambda row: row[1].p50_ms, plain),
            Column("95 %", lambda row: row[1].p95_ms, plain),
            Column("99 %", lambda row: row[1].p99_ms, plain),
        ],
        rows,
        fold=True,
    )


def staleness(cost: Cost, cells: list[Stale]) -> Table:
    """Yellow: the rate was not reached; red: some comments were never shown."""
    return Table(
        "Staleness by rate of writes, in ms",
        [
            Column("", lambda cell: cost.title(cell.column)),
            Column("wanted /s", "rate", plain),
            Column("written /s", "achieved", plain, lambda cell: "" if cell.reached else "some"),
            Column(
                "shown",
                lambda cell: f"{cell.shown:,} of {cell.sent:,}",
                tone=lambda cell: "" if cell.kept_up else "bad",
            ),
            Column("median", "p50_ms", plain),
            Column("95 %", "p95_ms", plain),
            Column("save", "write_p50_ms", plain),
            Column("CPU", "cpu_percent", percent),
        ],
        cells,
        fold=True,
    )


def memory(cost: Cost) -> Table:
    sizes: dict[str, dict[str, int]] = defaultdict(Counter)
    for cell in cost.memory:
        for process in cell.processes:
            sizes[process.program][cell.column] += process.bytes
    caption = f"Memory of each program with its children, {cost.memory[0].kind}"
    return _pivot(cost, caption, "program", sizes, size)


def stored(cost: Cost, stored: StoredOf) -> Table:
    databases: dict[str, dict[str, StoredDatabase]] = defaultdict(dict)
    for cell in stored.cells:
        for database in cell.databases:
            databases[database.alias][cell.column] = database
    return _pivot(
        cost,
        f"A blog of {stored.posts:,} posts and {stored.comments:,} comments "
        f"({size(stored.text_bytes)} of text): bytes of its tables, and how often each comment's "
        "text is stored",
        "database",
        databases,
        lambda each: f"{size(each.bytes)} × {each.comment_texts / max(1, stored.comments):.1f}",
    )


def lines(cost: Cost, code: LinesOf) -> Table:
    groups = {
        f"{group.title} ({len(group.files)} files)": dict.fromkeys(group.columns, group.lines)
        for group in code.groups
    }
    caption = (
        "Lines of code, by what they are for; the one application that is measured here has "
        f"{code.plain.lines:,}"
    )
    return _pivot(cost, caption, "files", groups, count)


def touched(cost: Cost, touched: TouchedOf) -> Table:
    files: dict[str, dict[str, str]] = defaultdict(dict)
    for cell in touched.cells:
        for path in cell.files:
            files[path][cell.column] = "×"
    names = among(touched.fields)
    caption = f"Files that a new field of a comment touches: those that name {names}"
    return _pivot(cost, caption, "file", files, str)


def _pivot(
    cost: Cost,
    caption: str,
    head: str,
    cells: Mapping[str, Mapping[str, Any]],
    text: Callable[[Any], str],
) -> Table:
    """``cells`` by row and column."""
    columns = [
        Column(column.short or column.title, partial(_cell, column.name), text)
        for column in cost.columns
    ]
    return Table(caption, [Column(head, itemgetter(0)), *columns], list(cells.items()), fold=True)


def _cell(column: str, row: tuple[str, Mapping[str, Any]]) -> Any:
    return row[1].get(column)


def _number(column: str, measure: Measure) -> str:
    return measure.text(column)


def _least(column: str, measure: Measure) -> Tone:
    return "good" if measure.is_least(column) else ""
