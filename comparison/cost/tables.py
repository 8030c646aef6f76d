"""The tables of what each architecture costs; and the figures of the first, which sentences and
charts have, too."""

import tomllib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from operator import attrgetter, methodcaller
from pathlib import Path
from typing import Any

from comparison.cost.results import Cost, Latency
from comparison.formats import SLOTS, among, low, percent, plain, ratio, size, times
from comparison.results import find
from comparison.tables import Column, Table, Tone, count

ONE, MODULES, SERVICES = "one", "modules", "services"
MEASURES: dict[str, Any] = tomllib.loads(Path(__file__).with_name("measures.toml").read_text())


@dataclass(frozen=True)
class Measure:
    """One number for each column, in ``values`` by its name, None where it was not measured; less
    is better. ``noun`` is the title in a sentence, ``number`` writes a value down."""

    title: str
    noun: str
    number: Callable[[float | None], str]
    values: Mapping[str, float | None]

    @property
    def one(self) -> float | None:
        return self.values.get(ONE)

    @property
    def services(self) -> float | None:
        return self.values.get(SERVICES)

    @property
    def factor(self) -> float | None:
        """Services to one application."""
        return self.ratio(SERVICES, ONE)

    def ratio(self, column: str, to: str) -> float | None:
        """None where one of the two is unknown or 0."""
        return ratio(self.values.get(column), self.values.get(to))

    def text(self, column: str) -> str:
        return self.number(self.values.get(column))

    def tone(self, column: str) -> Tone:
        """The least of different values is green."""
        known = [value for value in self.values.values() if value is not None]
        return "good" if self.values.get(column) == min(known) < max(known) else ""


def measures(cost: Cost) -> dict[str, Measure]:
    """By key, those of which anything is known."""
    found = {}
    for key, text in MEASURES.items():
        rows, which = attrgetter(text["rows"])(cost), text.get("which", {})
        values = {
            column.name: getattr(find(rows, column=column.name, **which), text["figure"], None)
            for column in cost.columns
        }
        if set(values.values()) - {None}:
            noun = text.get("noun", low(text["title"]))
            found[key] = Measure(text["title"], noun, SLOTS[text["number"]], values)
    return found


def headline(cost: Cost) -> Table:
    """All figures side by side."""
    columns = [
        Column(each.title, methodcaller("text", each.name), tone=methodcaller("tone", each.name))
        for each in cost.columns
    ]
    ratio = f"{cost.columns[-1].title} to {low(cost.columns[0].title)}"
    return Table(
        "What it costs; times are medians",
        [Column("", "title"), *columns, Column(ratio, "factor", times)],
        list(measures(cost).values()),
    )


def details(cost: Cost) -> list[Table]:
    """Those of which anything was measured."""
    every = (latencies(cost), memory(cost), stored(cost), lines(cost), touched(cost))
    return [table for table in every if table.rows]


def latencies(cost: Cost) -> Table:
    kinds = {kind.name: f"a page, {kind.title}" for kind in cost.read_kinds}
    rows: list[tuple[str, Latency]] = [
        *(("a comment is saved", row) for row in cost.write),
        *(("a comment is approved on the page", row) for row in cost.end_to_end),
        *((kinds.get(row.kind, row.kind), row) for row in cost.reads),
    ]
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
    return _pivot(cost, caption, "program", ((*key, size(each)) for key, each in sizes.items()))


def stored(cost: Cost) -> Table:
    blog = cost.stored
    caption = (
        f"A blog of {blog.posts:,} posts and {blog.comments:,} comments ({size(blog.text_bytes)} "
        "of text): bytes of its tables, and how often each comment's text is stored"
    )
    cells = (
        (each.alias, cell.column, f"{size(each.bytes)} × {copies:.1f}")
        for cell in blog.cells
        for each in cell.databases
        for copies in [each.comment_texts / max(1, blog.comments)]
    )
    return _pivot(cost, caption, "database", cells)


def lines(cost: Cost) -> Table:
    caption = (
        "Lines of code, by what they are for; the one application that is measured here has "
        f"{cost.code.plain.lines:,}"
    )
    cells = (
        (f"{group.title} ({len(group.files)} files)", column, count(group.lines))
        for group in cost.code.groups
        for column in group.columns
    )
    return _pivot(cost, caption, "files", cells)


def touched(cost: Cost) -> Table:
    names = among(cost.touched.fields)
    caption = f"Files that a new field of a comment touches: those that name {names}"
    cells = ((path, cell.column, "×") for cell in cost.touched.cells for path in cell.files)
    return _pivot(cost, caption, "file", cells)


def _pivot(cost: Cost, caption: str, head: str, cells: Iterable[tuple[str, str, str]]) -> Table:
    """``cells``: the row, the column and the text of each."""
    rows: dict[str, dict[str, str]] = defaultdict(dict)
    for row, column, text in cells:
        rows[row] |= {head: row, column: text}
    names = {head: head} | {each.name: each.short or each.title for each in cost.columns}
    columns = [Column(title, methodcaller("get", name)) for name, title in names.items()]
    return Table(caption, columns, list(rows.values()), fold=True)
