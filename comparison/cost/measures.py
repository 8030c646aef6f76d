"""The figures of this part that are one number for each architecture; less is better in all."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from comparison.cost.results import Cost, Row, of
from comparison.formats import low, ms, percent, plain, ratio, size

ONE, MODULES, SERVICES = "one", "modules", "services"
NOUNS = {
    "write": "saving a comment",
    "end_to_end": "its way to approval",
    "read": "reading a page",
    "memory": "memory",
}
"""Shorter than the title in the middle of a sentence."""
READ_KINDS = ("idle", "afresh", "amid")
Number = Callable[[float | None], str]


@dataclass(frozen=True)
class Measure:
    """``values`` by column, None where one was not measured; ``number`` writes one down."""

    key: str
    title: str
    number: Number
    values: Mapping[str, float | None]

    @property
    def noun(self) -> str:
        return NOUNS.get(self.key, low(self.title))

    @property
    def one(self) -> float | None:
        return self.values.get(ONE)

    @property
    def services(self) -> float | None:
        return self.values.get(SERVICES)

    def ratio(self, column: str, to: str) -> float | None:
        """None where one of the two is unknown or 0."""
        return ratio(self.values.get(column), self.values.get(to))

    @property
    def factor(self) -> float | None:
        """Services to one application."""
        return self.ratio(SERVICES, ONE)

    def text(self, column: str) -> str:
        return self.number(self.values.get(column))

    def is_least(self, column: str) -> bool:
        """Of different values."""
        known = [value for value in self.values.values() if value is not None]
        value = self.values.get(column)
        return value is not None and value == min(known) < max(known)


def measures(cost: Cost) -> dict[str, Measure]:
    """By key, those of which anything is known."""
    kinds = {kind: [row for row in cost.reads if row.kind == kind] for kind in READ_KINDS}
    stored = cost.stored.cells if cost.stored else []
    code = cost.code.cells if cost.code else []
    touched = cost.touched.cells if cost.touched else []
    cpu, running, files = cost.cpu, cost.running, "Files with a comment’s author and content"
    every: list[tuple[str, str, Number, Sequence[Row], str]] = [
        ("write", "A comment is saved", ms, cost.write, "p50_ms"),
        ("end_to_end", "… and approved", ms, cost.end_to_end, "p50_ms"),
        ("read", "A page is read, nothing cached", ms, kinds["afresh"], "p50_ms"),
        ("read_cached", "A page is read, cached", ms, kinds["idle"], "p50_ms"),
        ("amid", "A page is read amid writes", ms, kinds["amid"], "p50_ms"),
        ("cpu_write", "CPU for a comment", ms, cpu, "write_ms"),
        ("cpu_read", "CPU for a page, nothing cached", ms, cpu, "read_afresh_ms"),
        ("cpu_cached", "CPU for a page, cached", ms, cpu, "read_ms"),
        ("idle", "CPU while idle, of a core", percent, cpu, "idle_percent"),
        ("memory", "Memory of all processes", size, cost.memory, "bytes"),
        ("programs", "Programs", plain, running, "programs"),
        ("processes", "Processes", plain, running, "processes"),
        ("databases", "Databases", plain, running, "databases"),
        ("connections", "Connections to databases", plain, running, "connections"),
        ("stored", "Bytes on disk", size, stored, "bytes"),
        ("copies", "Copies of a comment’s text", plain, stored, "times_comment"),
        ("lines", "Lines of code, without tests", plain, code, "lines"),
        ("files", files, plain, touched, "count"),
    ]
    found = (
        Measure(key, title, number, _values(cost, rows, attribute))
        for key, title, number, rows, attribute in every
    )
    return {each.key: each for each in found if set(each.values.values()) - {None}}


def _values(cost: Cost, rows: Sequence[Row], attribute: str) -> Mapping[str, float | None]:
    return {column.name: getattr(of(rows, column.name), attribute, None) for column in cost.columns}
