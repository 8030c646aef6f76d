"""Figures: what was measured, all samples, the goal to reach; and their tables in the terminal."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from statistics import median
from typing import Any, Literal

from rich import box
from rich.console import Console
from rich.table import Table

from lab.statistics import percentile

MARKS = {None: "", True: "[green]reached[/green]", False: "[red]missed[/red]"}


@dataclass(frozen=True)
class Goal:
    """A bound, in the figure's unit, for its median or for its worst sample."""

    bound: float
    at: Literal["least", "most"]
    of: Literal["median", "worst"] = "median"

    def __str__(self) -> str:
        return f"{'≥' if self.at == 'least' else '≤'} {self.bound:,.0f}"


@dataclass(frozen=True)
class Figure:
    """``area`` is the table it belongs to, ``what`` its row, ``stack`` on which parts it ran
    (``sqlite``, ``postgresql + redis``). ``note`` says what it compares with."""

    area: str
    what: str
    stack: str
    unit: str
    samples: Sequence[float]
    goal: Goal | None = None
    note: str = ""

    @property
    def median(self) -> float:
        return median(self.samples)

    @property
    def judged(self) -> float:
        """What is compared with the goal."""
        if self.goal is None or self.goal.of == "median":
            return self.median
        return max(self.samples) if self.goal.at == "most" else min(self.samples)

    @property
    def reached(self) -> bool | None:
        """Whether the goal is reached; None where there is none."""
        if self.goal is None:
            return None
        least = self.goal.at == "least"
        return self.judged >= self.goal.bound if least else self.judged <= self.goal.bound

    def ratio(self, base: "Figure") -> str:
        """Its median as a multiple of that of ``base``."""
        return f"×{self.median / base.median:.2f}" if base.median else ""

    def with_ratio(self, base: "Figure | None", name: str) -> "Figure":
        """Noted as a multiple of ``base``, if there is one."""
        return replace(self, note=f"{self.ratio(base)} of {name}") if base else self

    def as_dict(self) -> dict[str, Any]:
        """For JSON: with all samples."""
        summary = {f"p{each}": percentile(self.samples, each) for each in (95, 99)}
        summary |= {"min": min(self.samples), "max": max(self.samples)}
        return {**asdict(self), "median": self.median, **summary, "reached": self.reached}

    def line(self) -> str:
        """For the terminal, while the others are still being measured."""
        return f"[dim]{self.stack}: {self.what}: {_number(self.median)} {self.unit}[/dim]"


def show(console: Console, figures: Sequence[Figure]) -> None:
    """A table for each area, in the order in which they were measured; then the verdict."""
    for area in dict.fromkeys(figure.area for figure in figures):
        console.print(_table(area, [figure for figure in figures if figure.area == area]))
    judged = [figure for figure in figures if figure.goal]
    missed = [figure for figure in judged if not figure.reached]
    console.print(f"[bold]{len(judged) - len(missed)} of {len(judged)} goals are reached.[/bold]")
    for each in missed:
        result = f"{_number(each.judged)} {each.unit}, goal {each.goal}"
        console.print(f"  [red]missed[/red] {each.what} ({each.stack}): {result}")


def _table(area: str, figures: list[Figure]) -> Table:
    unit = figures[0].unit
    latency = unit == "ms"
    title = f"{area} ({unit})" if unit else area
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD)
    for name in ("what", "on"):
        table.add_column(name, no_wrap=True)
    for name in (*(("p50", "p95", "p99") if latency else ("median", "spread")), "samples", "goal"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column("compared")
    first: dict[str, Figure] = {}
    for figure in figures:
        base = first.setdefault(figure.what, figure)
        compared = "" if base is figure else f"{figure.ratio(base)} of {base.stack}"
        table.add_row(
            figure.what,
            figure.stack,
            _number(figure.median),
            *(
                [_number(percentile(figure.samples, p)) for p in (95, 99)]
                if latency
                else [_spread(figure)]
            ),
            str(len(figure.samples)),
            str(figure.goal or ""),
            MARKS[figure.reached],
            "; ".join(filter(None, (figure.note, compared))),
        )
    return table


def _spread(figure: Figure) -> str:
    if len(figure.samples) == 1:
        return ""
    return f"{_number(min(figure.samples))} – {_number(max(figure.samples))}"


def _number(value: float) -> str:
    if value >= 100 or value == int(value):
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 1 else f"{value:.2f}"
