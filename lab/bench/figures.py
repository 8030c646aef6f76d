"""A figure: what was measured, all its samples, and the goal it is held against."""

from dataclasses import asdict, dataclass
from statistics import median, quantiles
from typing import Any, Literal


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
    samples: list[float]
    goal: Goal | None = None
    note: str = ""

    @property
    def median(self) -> float:
        return median(self.samples)

    def percentile(self, percent: int) -> float:
        """Between the samples; of one sample, that."""
        if len(self.samples) == 1:
            return self.samples[0]
        return quantiles(self.samples, n=100, method="inclusive")[percent - 1]

    @property
    def judged(self) -> float:
        """What the goal is held against."""
        if self.goal is None or self.goal.of == "median":
            return self.median
        return max(self.samples) if self.goal.at == "most" else min(self.samples)

    @property
    def reached(self) -> bool | None:
        """Whether the goal is reached; None where there is none."""
        if self.goal is None:
            return None
        return (
            self.judged >= self.goal.bound
            if self.goal.at == "least"
            else self.judged <= self.goal.bound
        )

    def as_dict(self) -> dict[str, Any]:
        """For JSON: with all samples."""
        summary = {"median": self.median, "p95": self.percentile(95), "p99": self.percentile(99)}
        summary |= {"min": min(self.samples), "max": max(self.samples)}
        return asdict(self) | summary | {"reached": self.reached}


def ratio(one: float, other: float) -> str:
    """``one`` as a multiple of ``other``."""
    return f"×{one / other:.2f}" if other else ""
