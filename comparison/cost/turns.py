"""The columns take turns: in each round each writes, follows and reads, in another order."""

from collections.abc import Iterator, Sequence
from random import Random
from typing import Any

from comparison.cost import single
from comparison.cost.plan import AMID, Plan
from comparison.cost.running import Running
from comparison.cost.single import Taken
from comparison.cost.staleness import staleness
from comparison.part import Report
from lab.statistics import milliseconds, summary


class Turns:
    """What one column took in its turns. ``idle``: what it takes at rest, of one core."""

    def __init__(self, running: Running, idle: float) -> None:
        self.running, self.idle = running, idle
        self.written, self.read, self.afresh = Taken(), Taken(), Taken()
        self.followed: list[float] = []
        self.amid: list[float] = []

    def take(self, plan: Plan) -> None:
        running, idle = self.running, self.idle
        with running.moving():
            self.written += single.write(running, plan.writes, idle)
            self.followed += single.follow(running, plan.followed)
            self.read += single.read(running, plan.reads, idle)
            self.afresh += single.read(running, plan.reads, idle, afresh=True)
            self.amid += single.read_amid(running, plan.reads, AMID)

    def write(self) -> dict[str, Any]:
        return self._row(self.written.seconds)

    def end_to_end(self) -> dict[str, Any]:
        return self._row(self.followed)

    def reads(self) -> Iterator[dict[str, Any]]:
        kinds = {"idle": self.read.seconds, "afresh": self.afresh.seconds, "amid": self.amid}
        for kind, seconds in kinds.items():
            rate = AMID if kind == "amid" else 0
            yield {"kind": kind, "writes_per_second": rate, **self._row(seconds)}

    def cpu(self) -> dict[str, Any]:
        return {
            "column": self.running.column.name,
            "write_ms": milliseconds(self.written.work_each),
            "read_ms": milliseconds(self.read.work_each),
            "read_afresh_ms": milliseconds(self.afresh.work_each),
            "idle_percent": round(self.idle * 100, 2),
        }

    def _row(self, seconds: list[float]) -> dict[str, Any]:
        return {
            "column": self.running.column.name,
            "count": len(seconds),
            **summary(seconds, 50, 95, 99),
            "samples_ms": [milliseconds(each) for each in seconds],
        }


def take_turns(all_turns: Sequence[Turns], plan: Plan, say: Report) -> None:
    random = Random(plan.rounds)  # noqa: S311 - an order, no secret
    for number in range(plan.rounds):
        for turns in random.sample(all_turns, len(all_turns)):
            title = turns.running.column.title
            say(f"cost: one request at a time, round {number + 1}: {title}")
            turns.take(plan)


def curve(runs: Sequence[Running], plan: Plan, say: Report) -> Iterator[dict[str, Any]]:
    """Staleness by rate; a column for which a rate was too much is asked for no higher one."""
    left = list(runs)
    for rate in sorted(plan.rates):
        for running in list(left):
            say(f"cost: {rate:g} comments a second: {running.column.title}")
            with running.moving():
                cell = staleness(running, rate, plan.seconds)
            if not (cell["reached"] and cell["kept_up"]):
                left.remove(running)
            yield cell
