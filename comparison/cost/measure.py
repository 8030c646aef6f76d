"""Measures what one application, the monolith of modules and the services cost, side by side."""

import random
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, TypeVar

from comparison.cost.blog import COMMENTS_PER_POST
from comparison.cost.code import code, touched
from comparison.cost.load import staleness
from comparison.cost.results import Column, Cost, Cpu, Latency, Plan, Read, Stale, Staleness
from comparison.cost.running import Running, Work, all_running, memory
from comparison.cost.stored import storage
from comparison.cost.ways import COLUMNS
from comparison.lab import SEED, Lab, Report
from comparison.results import Named
from lab.data import blog
from lab.load import meanwhile
from lab.statistics import milliseconds, summary, timed

T = TypeVar("T")

QUICK = Plan(
    posts=20, rounds=1, writes=20, followed=4, reads=15, rates=[10, 50], seconds=0.5, rest=1.0
)
FULL = Plan(
    posts=200,
    rounds=3,
    writes=100,
    followed=15,
    reads=50,
    rates=[5, 20, 50, 100, 200, 400],
    seconds=4.0,
    rest=10.0,
)
COMMENTS_PER_SECOND = 20.0
"""Beside a reader."""
READ_KINDS = [
    Named("idle", "nothing is written"),
    Named("afresh", "nothing is written, nothing is cached"),
    Named("amid", f"amid {COMMENTS_PER_SECOND:g} comments a second"),
]
REST_SECONDS = 0.25
"""After the last write, before its comment is polled: polling is work, too."""
PAUSE_SECONDS = (0.02, 0.09)
"""Between comments that are followed to their end: random, out of step with whatever polls."""
READ_PAUSE_SECONDS = (0.01, 0.03)
"""Between two reads of the page amid writes."""


def measure(lab: Lab, quick: bool, report: Report) -> Cost:
    plan = QUICK if quick else FULL
    report("cost: filling the databases, starting the processes")
    with all_running(plan.posts) as runs:
        report("cost: at rest")
        turns = at_rest(runs, plan.rest)
        take_turns(turns, plan, report)
        cells = list(curve(runs, plan, report))
        report("cost: memory, databases, lines of code")
        filled = {each.column.name: each.filled for each in runs}
        return Cost(
            columns=[Column(each.name, each.title, each.short) for each in COLUMNS],
            plan=plan,
            write=[Latency(**each.figures("write")) for each in turns],
            end_to_end=[Latency(**each.figures("follow")) for each in turns],
            staleness=Staleness(cells, plan.rates, plan.seconds),
            read_kinds=READ_KINDS,
            reads=[
                Read(
                    kind=kind.name,
                    writes_per_second=COMMENTS_PER_SECOND if kind.name == "amid" else 0,
                    **each.figures(kind.name),
                )
                for each in turns
                for kind in READ_KINDS
            ],
            cpu=[each.cpu() for each in turns],
            memory=[memory(each.column.name, each.processes) for each in runs],
            running=[each.cell() for each in runs],
            stored=storage(filled, blog(plan.posts, SEED)),
            code=code(),
            touched=touched(),
        )


def at_rest(runs: Sequence[Running], seconds: float) -> "list[Turns]":
    """Finds what each takes of one core without any request; then all are stopped."""
    for running in runs:
        running.blog.settle()
    work = [Work(running.processes) for running in runs]
    time.sleep(seconds)
    turns = [Turns(running, idle.share()) for running, idle in zip(runs, work, strict=True)]
    for running in runs:
        running.stack.pause()
    return turns


def take_turns(all_turns: "Sequence[Turns]", plan: Plan, report: Report) -> None:
    """In each round each column writes, follows and reads, in another order."""
    order = random.Random(plan.rounds)  # noqa: S311 - an order, no secret
    for number in range(1, plan.rounds + 1):
        for turns in order.sample(all_turns, len(all_turns)):
            report(f"cost: one request at a time, round {number}: {turns.running.column.title}")
            turns.take(plan)


def curve(runs: Sequence[Running], plan: Plan, report: Report) -> Iterator[Stale]:
    """Staleness by rate; a column for which a rate was too much gets no higher one."""
    left = list(runs)
    for rate in sorted(plan.rates):
        for running in list(left):
            report(f"cost: {rate:g} comments a second: {running.column.title}")
            with running.resumed():
                cell = staleness(running, rate, plan.seconds)
            if not (cell.reached and cell.kept_up):
                left.remove(running)
            yield cell


class Turns:
    """What one column took in its turns, by what was done: the seconds of each request, and as
    ``work`` the CPU seconds of all its processes, beyond those at rest. ``idle``: what they take at
    rest, of one core."""

    def __init__(self, running: Running, idle: float) -> None:
        self.running, self.blog, self.idle = running, running.blog, idle
        self.seconds: dict[str, list[float]] = defaultdict(list)
        self.work: dict[str, float] = defaultdict(float)

    def take(self, plan: Plan) -> None:
        with self.running.resumed():
            self.write(plan.writes)
            self.follow(plan.followed)
            self.read("idle", plan.reads)
            self.read("afresh", plan.reads)
            self.read_amid(plan.reads)

    def write(self, count: int) -> None:
        """Comments, one after the other; the work includes all that follows from them."""
        posts = self.blog.posts_for(count)
        with self._working("write"):
            for number, post in enumerate(posts):
                comment = self._timed("write", self.blog.comment, post, number)
            time.sleep(REST_SECONDS)
            self.blog.await_final(post, comment)

    def follow(self, count: int) -> None:
        """From sending a comment until it is shown with its final status, one by one."""

        def comment(post: str, number: int) -> None:
            self.blog.await_final(post, self.blog.comment(post, number))

        for number, post in enumerate(self.blog.posts_for(count)):
            _pause(PAUSE_SECONDS)
            self._timed("follow", comment, post, number)

    def read(self, kind: str, count: int) -> None:
        """The page, again and again."""
        afresh = kind == "afresh"
        self.blog.page(afresh)
        with self._working(kind):
            for _ in range(count):
                self._timed(kind, self.blog.page, afresh)

    def read_amid(self, count: int) -> None:
        """The page, now and then, while others comment on four posts in turn."""
        posts = self.blog.posts_for(COMMENTS_PER_POST * 4)[::COMMENTS_PER_POST]

        def comment(number: int) -> None:
            self.blog.comment(posts[number % len(posts)], number)

        with meanwhile(comment, 1 / COMMENTS_PER_SECOND):
            for _ in range(count):
                _pause(READ_PAUSE_SECONDS)
                self._timed("amid", self.blog.page)

    def _timed(self, kind: str, request: Callable[..., T], *arguments: Any) -> T:
        seconds, result = timed(partial(request, *arguments))
        self.seconds[kind].append(seconds)
        return result

    @contextmanager
    def _working(self, kind: str) -> Iterator[None]:
        work = Work(self.running.processes)
        yield
        self.work[kind] += work.seconds(self.idle)

    def cpu(self) -> Cpu:
        write, read, afresh = (
            milliseconds(self.work[kind] / len(self.seconds[kind]))
            for kind in ("write", "idle", "afresh")
        )
        at_rest = round(self.idle * 100, 2)
        return Cpu(self.running.column.name, write, read, afresh, at_rest)

    def figures(self, kind: str) -> dict[str, Any]:
        seconds = self.seconds[kind]
        return {
            "column": self.running.column.name,
            "count": len(seconds),
            "samples_ms": [milliseconds(each) for each in seconds],
            **summary(seconds, 50, 95, 99),
        }


def _pause(seconds: tuple[float, float]) -> None:
    time.sleep(random.uniform(*seconds))  # noqa: S311 - chance, no secret
