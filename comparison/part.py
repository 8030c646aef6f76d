"""What the five parts of the comparison have in common.

A part is a package with the same few files as the others: ``ways``, what is compared; ``measure``,
how; ``results``, the schema of what was measured; ``tables``, ``charts`` and ``findings``, what is
shown of it. Its ``__init__`` has the part itself. All that is shown is made of the results alone,
so the page needs no service and no database.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Generic, TypeVar

from comparison.charts import BarChart, HeatMap, LineChart
from comparison.claims import Finding, Rule
from comparison.tables import Table

R = TypeVar("R")

Report = Callable[[str], None]
"""Shows what is being measured: one short line."""


@dataclass(frozen=True)
class Figure:
    """A chart with a heading; ``note`` explains what it shows."""

    title: str
    chart: LineChart | BarChart | HeatMap
    note: str = ""


@dataclass(frozen=True)
class Panel:
    """Figures and tables that belong together. A slider chooses among those with a delay of the
    network, ``delay_ms``."""

    figures: Sequence[Figure] = ()
    tables: Sequence[Table] = ()
    title: str = ""
    delay_ms: float | None = None


@dataclass(frozen=True)
class Part(Generic[R]):
    """``question`` is what it answers. ``results`` is the schema of its results, and the rest is
    made of them: ``lead``, the answer in a sentence or two; ``panels``; ``headline``, the table
    that README shows; ``findings``, the claims that the results are held against; ``picture``, the
    chart that README may show, of a delay of the network in ms."""

    name: str
    title: str
    question: str
    results: type[R]
    lead: Callable[[R], str]
    panels: Callable[[R], Sequence[Panel]]
    headline: Callable[[R], Table]
    findings: Sequence[Rule[R]]
    picture: Callable[[R, float | None], LineChart] | None = None

    @property
    def command(self) -> str:
        return f"manage.py compare {self.name}"

    @property
    def measure(self) -> Callable[..., R]:
        """``measure(lab, quick, report)``. It is loaded by name, so that the page does without
        what measuring needs."""
        found: Any = import_module(f"comparison.{self.name}.measure")
        return found.measure  # type: ignore[no-any-return]

    def found(self, results: R) -> list[Finding]:
        """The findings of which anything was measured."""
        found = (rule.apply(results) for rule in self.findings)
        return [each for each in found if each]
