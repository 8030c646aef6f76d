"""The tables of what each architecture costs (``tables.toml``); and the figures of the first
(``measures.toml``), which sentences and charts have, too."""

import tomllib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from operator import attrgetter, methodcaller
from pathlib import Path
from typing import Any

from comparison.cost.results import Cost, Latency
from comparison.formats import SLOTS, low, ratio, size, times
from comparison.results import find
from comparison.tables import Column, Table, Tone, count, layouts

ONE, MODULES, SERVICES = "one", "modules", "services"
LAYOUTS = layouts(__file__)
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
    columns = [Column("", "title")]
    for each in cost.columns:
        text, tone = (methodcaller(name, each.name) for name in ("text", "tone"))
        columns.append(Column(each.title, text, tone=tone))
    ratio = f"{cost.columns[-1].title} to {low(cost.columns[0].title)}"
    columns.append(Column(ratio, "factor", times))
    return Table("What it costs; times are medians", columns, list(measures(cost).values()))


def _latencies(cost: Cost) -> Table:
    kinds = {kind.name: f"a page, {kind.title}" for kind in cost.read_kinds}
    every: list[tuple[str, Latency]] = [
        *(("a comment is saved", row) for row in cost.write),
        *(("a comment is approved on the page", row) for row in cost.end_to_end),
        *((kinds.get(row.kind, row.kind), row) for row in cost.reads),
    ]
    return LAYOUTS["latencies"].table(
        {"title": cost.title(row.column), "what": what, "cell": row} for what, row in every
    )


def staleness(cost: Cost) -> Table:
    """Yellow: the rate was not reached; red: some comments were never shown."""
    return LAYOUTS["staleness"].table(
        ({"title": cost.title(cell.column), "cell": cell} for cell in cost.staleness.cells),
        tones={
            "written /s": lambda row: "" if row["cell"].reached else "some",
            "shown": lambda row: "" if row["cell"].kept_up else "bad",
        },
    )


def details(cost: Cost) -> list[Table]:
    """Those of which anything was measured."""
    blog, code, comments = cost.stored, cost.code, max(1, cost.stored.comments)
    sizes: Counter[tuple[str, str]] = Counter()
    for cell in cost.memory:
        for process in cell.processes:
            sizes[process.name.partition(",")[0], cell.column] += process.bytes
    stored = (
        (each.alias, cell.column, f"{size(each.bytes)} × {each.comment_texts / comments:.1f}")
        for cell in blog.cells
        for each in cell.databases
    )
    lines = (
        (f"{group.title} ({len(group.files)} files)", column, count(group.lines))
        for group in code.groups
        for column in group.columns
    )
    touched = ((path, cell.column, "×") for cell in cost.touched.cells for path in cell.files)
    memory = ((*key, size(each)) for key, each in sizes.items())
    every = (
        _latencies(cost),
        _pivot(cost, "memory", memory, kind=cost.memory[0].kind if sizes else ""),
        _pivot(cost, "stored", stored, blog=blog),
        _pivot(cost, "lines", lines, plain=code.plain),
        _pivot(cost, "touched", touched, fields=cost.touched.fields),
    )
    return [table for table in every if table.rows]


def _pivot(cost: Cost, name: str, cells: Iterable[tuple[str, str, str]], **slots: Any) -> Table:
    """``cells``: the row, the column and the text of each."""
    rows: dict[str, dict[str, str]] = defaultdict(dict)
    for row, column, text in cells:
        rows[row] |= {"row": row, column: text}
    columns = [
        Column(each.short or each.title, methodcaller("get", each.name)) for each in cost.columns
    ]
    return LAYOUTS[name].table(rows.values(), last=columns, **slots)
