"""The tables of what each architecture costs."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from functools import partial
from operator import methodcaller
from typing import Any

from comparison.cost.measures import Measure, measures
from comparison.cost.results import Cost, Latency
from comparison.formats import among, low, percent, plain, size, times
from comparison.tables import Column, Table, count


def headline(cost: Cost) -> Table:
    """All figures side by side."""
    titles = [column.title for column in cost.columns]
    columns = [
        Column(
            each.title,
            partial(Measure.text, column=each.name),
            tone=partial(Measure.tone, column=each.name),
        )
        for each in cost.columns
    ]
    ratio = Column(f"{titles[-1]} to {low(titles[0])}", "factor", times)
    return Table(
        "What it costs; times are medians",
        [Column("", "title"), *columns, ratio],
        list(measures(cost).values()),
    )


def details(cost: Cost) -> list[Table]:
    """Those of which anything was measured."""
    every = (latencies(cost), memory(cost), stored(cost), lines(cost), touched(cost))
    return [table for table in every if table.rows]


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


def staleness(cost: Cost) -> Table:
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
        cost.staleness.cells,
        fold=True,
    )


def memory(cost: Cost) -> Table:
    sizes: Counter[tuple[str, str]] = Counter()
    for cell in cost.memory:
        for process in cell.processes:
            sizes[process.name.partition(",")[0], cell.column] += process.bytes
    kind = cost.memory[0].kind if cost.memory else ""
    caption = f"Memory of each program with its children, {kind}"
    return _pivot(cost, caption, "program", ((*key, each) for key, each in sizes.items()), size)


def stored(cost: Cost) -> Table:
    blog = cost.stored
    caption = (
        f"A blog of {blog.posts:,} posts and {blog.comments:,} comments ({size(blog.text_bytes)} "
        "of text): bytes of its tables, and how often each comment's text is stored"
    )
    cells = ((each.alias, cell.column, each) for cell in blog.cells for each in cell.databases)
    return _pivot(
        cost,
        caption,
        "database",
        cells,
        lambda each: f"{size(each.bytes)} × {each.comment_texts / max(1, blog.comments):.1f}",
    )


def lines(cost: Cost) -> Table:
    caption = (
        "Lines of code, by what they are for; the one application that is measured here has "
        f"{cost.code.plain.lines:,}"
    )
    cells = (
        (f"{group.title} ({len(group.files)} files)", column, group.lines)
        for group in cost.code.groups
        for column in group.columns
    )
    return _pivot(cost, caption, "files", cells, count)


def touched(cost: Cost) -> Table:
    names = among(cost.touched.fields)
    caption = f"Files that a new field of a comment touches: those that name {names}"
    cells = ((path, cell.column, "×") for cell in cost.touched.cells for path in cell.files)
    return _pivot(cost, caption, "file", cells, str)


def _pivot(
    cost: Cost,
    caption: str,
    head: str,
    cells: Iterable[tuple[str, str, Any]],
    text: Callable[[Any], str],
) -> Table:
    """``cells``: the row, the column and the value of each."""
    rows: dict[str, dict[str, Any]] = defaultdict(dict)
    for row, column, value in cells:
        rows[row] |= {head: row, column: value}
    columns = [
        Column(each.short or each.title, methodcaller("get", each.name), text)
        for each in cost.columns
    ]
    return Table(
        caption, [Column(head, methodcaller("get", head)), *columns], list(rows.values()), fold=True
    )
