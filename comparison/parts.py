"""The five parts of the comparison, and what each of them shows.

A part is a package with the same few files as the others: ``ways``, what is compared; ``measure``,
how; ``results``, the schema of what was measured; ``tables``, ``charts`` and ``findings``, what is
shown of it; ``texts.toml``, the words. All that is shown is made of the results alone, so the page
needs no service and no database. What was measured is held against the claims of ``claims.toml``.
"""

import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from importlib import import_module
from pathlib import Path
from typing import Any, Generic, TypeVar

import msgspec

from comparison.formats import sentences
from comparison.results import Kept
from comparison.tables import Table
from web.charts import Chart

FOLDER = Path(__file__).parent
R = TypeVar("R")
Values = Mapping[str, Any]
UNFIT = (msgspec.MsgspecError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
"""What reading and drawing raises for results of another version."""


@dataclass(frozen=True)
class Figure:
    """A chart with a heading; ``note`` explains what it shows."""

    title: str
    chart: Chart
    note: str = ""


@dataclass(frozen=True)
class Panel:
    """Figures and tables that belong together. A slider chooses among those with a delay of the
    network, ``delay_ms``."""

    figures: Sequence[Figure] = ()
    tables: Sequence[Table] = ()
    title: str = ""
    delay_ms: float | None = None


class Claim(msgspec.Struct, frozen=True):
    """``text`` is one sentence; ``source`` names its author, ``url`` the place, if there is one."""

    text: str
    source: str = "the article that this blog comes from"
    url: str = ""


CLAIMS = msgspec.toml.decode((FOLDER / "claims.toml").read_bytes(), type=dict[str, Claim])


class Verdict(Enum):
    """Whether the results support a claim: a CSS class, and a label."""

    HOLDS = ("holds", "Holds here")
    IN_PART = ("in-part", "Holds here in part")
    NO = ("no", "Does not hold here")
    OPEN = ("open", "Measured here")  # our figures cannot decide it


def graded(every: bool, some: bool = False) -> Verdict:
    return Verdict.HOLDS if every else Verdict.IN_PART if some else Verdict.NO


@dataclass(frozen=True)
class Finding:
    """A claim beside what was measured."""

    claim: Claim
    measured: str
    verdict: Verdict


@dataclass(frozen=True)
class Rule(Generic[R]):
    """How results are held against a claim. ``values`` are taken from the results, None where one
    was not measured; they fill the slots of the part's sentences (see ``formats.sentences``), and
    ``verdict`` judges them where the first sentence has all of its own."""

    claim: str
    values: Callable[[R], Values]
    verdict: Callable[[Values], Verdict] = lambda values: Verdict.OPEN

    def apply(self, results: R, templates: Sequence[str]) -> Finding | None:
        """None where nothing was measured."""
        values = self.values(results)
        measured = sentences(templates, values)
        return Finding(CLAIMS[self.claim], measured, self.verdict(values)) if measured else None


class Part(msgspec.Struct, frozen=True):
    """Its texts: ``question`` is what it answers, ``method`` how it was measured, ``lead`` the
    answer in a sentence or two; ``findings``: for each claim, what was measured. The slots of the
    last two have their values from the part's module ``findings``."""

    name: str
    title: str
    question: str
    lead: list[str]
    method: list[str]
    findings: dict[str, list[str]]

    def module(self, name: str) -> Any:
        """``measure``, ``results``, ``tables``, ``charts`` or ``findings``. Loaded when it is
        needed, so that the page does without what measuring needs."""
        return import_module(f"comparison.{self.name}.{name}")

    def measure(self, *run: Any) -> dict[str, Any]:
        """The results, JSON-ready, of ``(lab, quick, report)``; ``report`` shows a short line."""
        found = msgspec.to_builtins(self.module("measure").measure(*run))
        return {**found, "method": self.method}

    def read(self, kept: Kept) -> Any:
        schema = getattr(self.module("results"), self.name.capitalize())
        return msgspec.convert(kept.results, schema)

    def lead_of(self, results: Any) -> str:
        return sentences(self.lead, self.module("findings").lead(results))

    def found(self, results: Any) -> list[Finding]:
        """The findings of which anything was measured."""
        rules: Sequence[Rule[Any]] = self.module("findings").FINDINGS
        found = (rule.apply(results, self.findings[rule.claim]) for rule in rules)
        return [each for each in found if each]


def _part(name: str) -> Part:
    texts = tomllib.loads((FOLDER / name / "texts.toml").read_text())
    return msgspec.convert({"name": name, **texts}, Part)


PARTS = [_part(name) for name in ("reads", "history", "delivery", "cost", "faults")]
BY_NAME = {part.name: part for part in PARTS}
