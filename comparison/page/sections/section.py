"""What a section of the page is made of. The template knows these and nothing of the parts."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from django.utils.safestring import SafeString

from comparison.claims import CLAIMS, Claim
from comparison.page.charts.lines import Series, swatch

Holds = Literal["holds", "in part", "no", ""]
"""What was measured bears the claim out, or not; empty where our figures cannot decide it."""

HEADS = {
    "holds": "Holds here",
    "in part": "Holds here in part",
    "no": "Does not hold here",
    "": "Measured here",
}


@dataclass(frozen=True)
class Table:
    """The first of a row names it; the rest are numbers. ``fold``: behind a line to be opened."""

    caption: str
    headings: Sequence[str]
    rows: Sequence[Sequence[str]]
    fold: bool = False


@dataclass(frozen=True)
class Key:
    """A line of a plot's key. ``number`` is that of the series in its plot."""

    swatch: SafeString
    name: str
    value: str
    number: int


@dataclass(frozen=True)
class Figure:
    """``note`` says what to see. ``size`` is ``wide`` where it needs a line for itself."""

    title: str
    drawn: SafeString
    note: str = ""
    keys: Sequence[Key] = ()
    key_title: str = ""


@dataclass(frozen=True)
class Panel:
    """Figures and tables that belong together; ``value`` chooses among several panels."""

    figures: Sequence[Figure] = ()
    tables: Sequence[Table] = ()
    value: str = ""
    shown: bool = True
    title: str = ""


@dataclass(frozen=True)
class Finding:
    """A claim beside what was measured."""

    claim: Claim
    measured: str
    holds: Holds = ""

    @property
    def head(self) -> str:
        return HEADS[self.holds]

    @property
    def class_(self) -> str:
        return (self.holds or "open").replace(" ", "-")


@dataclass(frozen=True)
class Stop:
    """A delay that was measured, in ms; ``shown``: it is the one at hand."""

    value: str
    shown: bool


@dataclass(frozen=True)
class Slider:
    """Over the delays that were measured, in ms."""

    values: Sequence[float]
    shown: float

    @property
    def stops(self) -> list[Stop]:
        return [Stop(f"{value:g}", value == self.shown) for value in self.values]

    @property
    def least(self) -> str:
        return f"{min(self.values):g}"

    @property
    def most(self) -> str:
        return f"{max(self.values):g}"

    @property
    def at(self) -> str:
        return f"{self.shown:g}"


@dataclass(frozen=True)
class Section:
    """``lead`` says in a sentence or two what was found."""

    lead: str
    panels: Sequence[Panel]
    findings: Sequence[Finding]
    method: Sequence[str]
    slider: Slider | None = None


def finding(key: str, measured: str, holds: Holds = "") -> list[Finding]:
    """None where there is no such claim, or nothing was measured."""
    return [Finding(CLAIMS[key], measured, holds)] if key in CLAIMS and measured else []


def keys(series: Sequence[Series]) -> list[Key]:
    return [Key(swatch(each), each.name, each.value, at) for at, each in enumerate(series)]
