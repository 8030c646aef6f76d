"""The figures of this part that are one number for each architecture; less is better in all."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from comparison.cost.results import Cost, Row, of
from comparison.formats import low, ms, percent, plain, ratio, size
from comparison.tables import Tone

ONE, MODULES, SERVICES = "one", "modules", "services"
NOUNS = {
    "write": "saving a comment",
    "end_to_end": "its way to approval",
    "read": "reading a page",
    "memory": "memory",
}
"""Shorter than the title in the middle of a sentence."""
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

    def tone(self, column: str) -> Tone:
        """The least of different values is green."""
        known = [value for value in self.values.values() if value is not None]
        least = self.values.get(column) == min(known) < max(known)
        return "good" if least else ""


def measures(cost: Cost) -> dict[str, Measure]:
    """By key, those of which anything is known."""
    idle, afresh, amid = (
        [row for row in cost.reads if row.kind == kind] for kind in ("idle", "afresh", "amid")
    )
    cpu, running, stored = cost.cpu, cost.running, cost.stored.cells
    files = "Files with a comment’s author and content"
    every: list[tuple[str, str, Number, Sequence[Row], str]] = [
        ("write", "A comment is saved", ms, cost.write, "p50_ms"),
        ("end_to_end", "… and approved", ms, cost.end_to_end, "p50_ms"),
        ("read", "A page is read, nothing cached", ms, afresh, "p50_ms"),
        ("read_cached", "A page is read, cached", ms, idle, "p50_ms"),
        ("amid", "A page is read amid writes", ms, amid, "p50_ms"),
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
        ("lines", "Lines of code, without tests", plain, cost.code.cells, "lines"),
        ("files", files, plain, cost.touched.cells, "count"),
    ]
    found = {}
    for key, title, number, rows, attribute in every:
        values = {
            column.name: getattr(of(rows, column.name), attribute, None) for column in cost.columns
        }
        if set(values.values()) - {None}:
            found[key] = Measure(key, title, number, values)
    return found
