"""Figures: what was measured, all samples, what it is measured against, and the goal to reach."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from statistics import median
from typing import Any, Literal

from lab.statistics import Interval, interleaved, median_interval, percentile

Run = Callable[[], float]  # measures once; returns a sample
Point = tuple[float, float]


@dataclass(frozen=True)
class Goal:
    """A bound for the median or for the worst sample, in the figure's unit; or for the ratio to
    what it is measured against."""

    bound: float
    at: Literal["least", "most"]
    of: Literal["median", "worst", "ratio"] = "median"

    def __str__(self) -> str:
        times = " ×" if self.of == "ratio" else ""
        return f"{'≥' if self.at == 'least' else '≤'} {self.bound:,g}{times}"


@dataclass(frozen=True)
class Figure:
    """``area`` is the table it belongs to, ``what`` its row, ``stack`` on which parts it ran
    (``sqlite``, ``postgresql + redis``). ``theirs`` has the samples of what it is measured
    ``against`` ("Express"), one of the same round for each of ours; none where there is nothing to
    compare with, or it is not on this machine. ``note`` says so, or what else is of interest.
    ``curves``: what it became as something else grew, by name; ``axes`` are the names of both."""

    area: str
    what: str
    stack: str
    unit: str
    samples: Sequence[float]
    goal: Goal | None = None
    note: str = ""
    theirs: Sequence[float] = ()
    against: str = ""
    curves: Mapping[str, Sequence[Point]] = field(default_factory=dict)
    axes: tuple[str, str] = ("", "")

    @property
    def ratios(self) -> list[float]:
        """Ours as a multiple of theirs, round by round."""
        return [ours / theirs for ours, theirs in zip(self.samples, self.theirs, strict=True)]

    @property
    def interval(self) -> Interval | None:
        """Of the ratio; None where there is none."""
        return median_interval(self.ratios) if self.theirs else None

    @property
    def median(self) -> float:
        return median(self.samples)

    @property
    def judged(self) -> float | None:
        """What is compared with the goal; None where that could not be measured."""
        if self.goal is None or self.goal.of == "median":
            return self.median
        if self.goal.of == "ratio":
            return median(self.ratios) if self.theirs else None
        return max(self.samples) if self.goal.at == "most" else min(self.samples)

    @property
    def reached(self) -> bool | None:
        """Whether the goal is reached; None where there is none, or nothing to compare with."""
        if self.goal is None or (judged := self.judged) is None:
            return None
        return judged >= self.goal.bound if self.goal.at == "least" else judged <= self.goal.bound

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
        content = {**asdict(self), "median": self.median, **summary, "reached": self.reached}
        if self.interval:
            content |= {"ratio": median(self.ratios), "interval": self.interval._asdict()}
        return content

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> "Figure":
        """What ``as_dict`` made of one."""
        own = {name: content[name] for name in cls.__dataclass_fields__ if name in content}
        return cls(**own | {"goal": Goal(**content["goal"]) if content["goal"] else None})

    def line(self) -> str:
        """For the terminal, while the others are still being measured."""
        ratio = f", {number(median(self.ratios))} × {self.against}" if self.theirs else ""
        return f"[dim]{self.stack}: {self.what}: {number(self.median)} {self.unit}{ratio}[/dim]"


def in_rounds(runs: Mapping[str, Run], rounds: int) -> dict[str, list[float]]:
    """Samples by name, interleaved: each runs once in every round, in another order each time,
    after one that is not counted."""
    for run in runs.values():
        run()
    samples: dict[str, list[float]] = {name: [] for name in runs}
    for done in interleaved(runs, rounds):
        samples[done.name].append(done.result)
    return samples


def number(value: float) -> str:
    if value >= 100 or value == int(value):
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"
