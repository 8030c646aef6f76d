"""A figure: what was measured, all its samples, and the goal that it should reach."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from statistics import median
from typing import Any, Literal

from lab.statistics import percentile


@dataclass(frozen=True)
class Goal:
    """A bound, in the figure's unit, for its median or for its worst sample."""

    bound: float
    at: Literal["least", "most"]
    of: Literal["median", "worst"] = "median"

    def __str__(self) -> str:
        return f"{'≥' if self.at == 'least' else '≤'} {self.bound:,.0f}"


REBUILD = {"sqlite": Goal(20_000, "least"), "postgresql": Goal(10_000, "least")}  # events/s
REBUILD_GROWTH = Goal(5, "most")  # MB from the shortest log to the longest: the memory is flat
PAGE_QUERIES = Goal(4, "most", of="worst")
PROCESS_MEMORY = Goal(120, "most", of="worst")  # MB
_FINAL_STATUS = {"file": Goal(300, "most"), "redis": Goal(60, "most"), "rabbitmq": Goal(60, "most")}


def final_status_goal(broker: str, database: str) -> Goal | None:
    """Milliseconds from the response to a comment's POST to its final status; the embedded broker
    has a goal where the embedded database has one."""
    return None if (broker, database != "sqlite") == ("file", True) else _FINAL_STATUS[broker]


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

    def percentile(self, percent: int) -> float:
        return percentile(self.samples, percent)

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
        if self.goal.at == "least":
            return self.judged >= self.goal.bound
        return self.judged <= self.goal.bound

    def with_ratio(self, base: "Figure | None", name: str) -> "Figure":
        """Noted as a multiple of ``base``, if there is one."""
        return replace(self, note=f"{ratio(self, base)} of {name}") if base else self

    def as_dict(self) -> dict[str, Any]:
        """For JSON: with all samples."""
        summary = {"median": self.median, "p95": self.percentile(95), "p99": self.percentile(99)}
        summary |= {"min": min(self.samples), "max": max(self.samples)}
        return asdict(self) | summary | {"reached": self.reached}


def ratio(one: Figure, other: Figure) -> str:
    """One median as a multiple of the other."""
    return f"×{one.median / other.median:.2f}" if other.median else ""
