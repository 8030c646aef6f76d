"""The figures of part 4 that are one number for each architecture, in one list."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from comparison.cost.results import Cost, of
from comparison.formats import among, ms, percent, plain, size

Number = Callable[[float | None], str]
Values = Mapping[str, float | None]


@dataclass(frozen=True)
class Measure:
    """``noun`` is the title in a sentence. ``values`` by column, None where one was not measured;
    less is better, in all of them. ``work``: it is spent on each request."""

    key: str
    title: str
    noun: str
    number: Number
    values: Values
    work: bool = False

    def ratio(self, column: str, to: str) -> float | None:
        """None where one of the two is unknown or 0."""
        mine, other = self.values.get(column), self.values.get(to)
        return mine / other if mine and other else None

    def told(self, column: str) -> str:
        return self.number(self.values.get(column))


def measures(cost: Cost) -> list[Measure]:
    """Those of which anything is known."""
    every = [*_of_requests(cost), *_of_being(cost)]
    return [each for each in every if any(value is not None for value in each.values.values())]


def _of_requests(cost: Cost) -> list[Measure]:
    afresh = [row for row in cost.reads if row.kind == "afresh"]
    amid = [row for row in cost.reads if row.kind == "amid"]
    rows: list[tuple[str, str, str, Sequence[Any], str]] = [
        ("write", "A comment is saved", "saving a comment", cost.write, "p50_ms"),
        ("end_to_end", "… and approved", "its way to approval", cost.end_to_end, "p50_ms"),
        ("read", "A page is read, nothing cached", "reading a page", afresh, "p50_ms"),
        ("amid", "A page is read amid writes", "reading a page amid writes", amid, "p50_ms"),
        ("cpu_write", "CPU for a comment", "CPU for a comment", cost.cpu, "write_ms"),
        (
            "cpu_read",
            "CPU for a page, nothing cached",
            "CPU for a page",
            cost.cpu,
            "read_afresh_ms",
        ),
    ]
    return [
        Measure(key, title, noun, ms, _values(cost, found, attribute), True)
        for key, title, noun, found, attribute in rows
    ]


def _of_being(cost: Cost) -> list[Measure]:
    stored = cost.stored.cells if cost.stored else []
    code = cost.code.cells if cost.code else []
    touched = cost.touched.cells if cost.touched else []
    fields = among(cost.touched.fields) if cost.touched else ""
    rows: list[tuple[str, str, str, Number, Sequence[Any], str]] = [
        ("idle", "CPU while idle, of a core", "CPU while idle", percent, cost.cpu, "idle_percent"),
        ("memory", "Memory of all processes", "memory", size, cost.memory, "bytes"),
        ("processes", "Processes", "processes", plain, cost.running, "processes"),
        ("stored", "Bytes on disk", "bytes on disk", size, stored, "bytes"),
        ("copies", "Copies of a comment’s text", "copies of text", plain, stored, "times_comment"),
        ("lines", "Lines of code, without tests", "lines of code", plain, code, "lines"),
        ("files", f"Files with a comment’s {fields}", "files", plain, touched, "count"),
    ]
    return [
        Measure(key, title, noun, number, _values(cost, found, attribute))
        for key, title, noun, number, found, attribute in rows
    ]


def _values(cost: Cost, rows: Sequence[Any], attribute: str) -> Values:
    return {column.name: getattr(of(rows, column.name), attribute, None) for column in cost.columns}
