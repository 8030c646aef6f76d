"""Measures what one application, the monolith of modules and the services cost, side by side."""

import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from comparison.cost.blog import COMMENTS_PER_POST
from comparison.cost.code import code, touched
from comparison.cost.load import staleness
from comparison.cost.results import Column, Cost, Cpu, Latency, Plan, Read, Stale, Staleness
from comparison.cost.running import Running, Work, all_running, memory
from comparison.cost.stored import storage
from comparison.cost.ways import COLUMNS
from comparison.lab import SEED, Lab
from comparison.results import Named
from lab.data import blog
from lab.load import meanwhile
from lab.statistics import milliseconds, summary, timed

Report = Callable[[str], None]

METHOD = (
    "One application has settings, tables and a process of its own, and moderates a comment in "
    "the transaction that saves it. The other two are the blog as `make run` and "
    "`make run-services` start it: the same code, with its broker of files.",
    "All run at once on this machine. While one is measured, the processes of the others are "
    "stopped (SIGSTOP); they take turns.",
    "The page is the JSON of the newest 20 posts with their comments; before anything is written "
    "it is the same in all three.",
    "Amid comments, the page is requested about fifty times a second.",
    "Work is the CPU time of all processes, workers included, beyond what they take at rest. The "
    "CPU time of the client and of a database server is not counted, but they use the same cores.",
    "Staleness: comments are sent when they are due, whether or not those before have a response. "
    "It is the time from a comment's response until a client that polls every 10 ms sees its "
    "final status.",
    "Memory is PSS as it would be if only the column's processes ran.",
    "Bytes are those of the tables with their indexes, before anything else was written; Django's "
    "own tables are left out.",
    "Lines of code have no blanks, comments or docstrings; tests, measurements and the tour are "
    "left out. Files that all three need are counted whole, though single lines in them publish "
    "events: this favours the services.",
)
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
    with all_running(lab, plan.posts) as runs:
        report("cost: at rest")
        idle = at_rest(runs, plan.rest)
        turns = [Turns(running, share) for running, share in zip(runs, idle, strict=True)]
        take_turns(turns, plan, report)
        cells = list(curve(runs, plan, report))
        report("cost: memory, databases, lines of code")
        return Cost(
            columns=[Column(each.name, each.title, each.short) for each in COLUMNS],
            plan=plan,
            write=[each.latency(each.written.seconds) for each in turns],
            end_to_end=[each.latency(each.followed) for each in turns],
            staleness=Staleness(cells, plan.rates, plan.seconds),
            read_kinds=READ_KINDS,
            reads=[cell for each in turns for cell in each.reads()],
            cpu=[each.cpu() for each in turns],
            memory=[memory(each.name, each.processes) for each in runs],
            running=[each.cell() for each in runs],
            stored=storage({each.name: each.filled for each in runs}, blog(plan.posts, SEED)),
            code=code(),
            touched=touched(),
            method=list(METHOD),
        )


def at_rest(runs: Sequence[Running], seconds: float) -> list[float]:
    """What each takes of one core without any request; then all are stopped."""
    for running in runs:
        running.blog.settle()
    work = [Work(running.processes) for running in runs]
    time.sleep(seconds)
    shares = [each.share() for each in work]
    for running in runs:
        running.stack.pause()
    return shares


def take_turns(all_turns: "Sequence[Turns]", plan: Plan, report: Report) -> None:
    """In each round each column writes, follows and reads, in another order."""
    order = random.Random(plan.rounds)  # noqa: S311 - an order, no secret
    for number in range(plan.rounds):
        for turns in order.sample(all_turns, len(all_turns)):
            title = turns.running.column.title
            report(f"cost: one request at a time, round {number + 1}: {title}")
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


@dataclass
class Taken:
    """The seconds of each of some requests, and the CPU seconds of all of them, in all processes,
    beyond what these take at rest."""

    seconds: list[float] = field(default_factory=list)
    work: float = 0.0

    def __iadd__(self, other: "Taken") -> "Taken":
        self.seconds += other.seconds
        self.work += other.work
        return self

    @property
    def work_each_ms(self) -> float:
        return milliseconds(self.work / len(self.seconds))


class Turns:
    """What one column took in its turns. ``idle``: what it takes at rest, of one core."""

    def __init__(self, running: Running, idle: float) -> None:
        self.running, self.idle = running, idle
        self.written, self.read, self.afresh = Taken(), Taken(), Taken()
        self.followed: list[float] = []
        self.amid: list[float] = []

    def take(self, plan: Plan) -> None:
        running, idle = self.running, self.idle
        with running.resumed():
            self.written += write(running, plan.writes, idle)
            self.followed += follow(running, plan.followed)
            self.read += read(running, plan.reads, idle)
            self.afresh += read(running, plan.reads, idle, afresh=True)
            self.amid += read_amid(running, plan.reads, COMMENTS_PER_SECOND)

    def reads(self) -> Iterator[Read]:
        kinds = {"idle": self.read.seconds, "afresh": self.afresh.seconds, "amid": self.amid}
        for kind, seconds in kinds.items():
            rate = COMMENTS_PER_SECOND if kind == "amid" else 0
            yield Read(kind=kind, writes_per_second=rate, **self._figures(seconds))

    def latency(self, seconds: list[float]) -> Latency:
        return Latency(**self._figures(seconds))

    def cpu(self) -> Cpu:
        return Cpu(
            self.running.name,
            write_ms=self.written.work_each_ms,
            read_ms=self.read.work_each_ms,
            read_afresh_ms=self.afresh.work_each_ms,
            idle_percent=round(self.idle * 100, 2),
        )

    def _figures(self, seconds: list[float]) -> dict[str, Any]:
        return {
            "column": self.running.name,
            "count": len(seconds),
            "samples_ms": [milliseconds(each) for each in seconds],
            **summary(seconds, 50, 95, 99),
        }


def write(running: Running, count: int, idle: float) -> Taken:
    """Comments, one after the other; the work includes all that follows from them."""
    posts = running.blog.posts_for(count)
    work = Work(running.processes)
    taken = Taken()
    for number in range(count):
        post = posts[number // COMMENTS_PER_POST]
        seconds, comment = timed(partial(running.blog.comment, post, number))
        taken.seconds.append(seconds)
    time.sleep(REST_SECONDS)
    running.blog.await_final(posts[-1], comment)
    taken.work = work.beyond(idle)
    return taken


def follow(running: Running, count: int) -> list[float]:
    """Seconds from sending a comment until it is shown with its final status, one by one."""
    blog, taken = running.blog, []
    posts = blog.posts_for(count)
    for number in range(count):
        time.sleep(random.uniform(*PAUSE_SECONDS))  # noqa: S311 - chance, no secret
        post = posts[number // COMMENTS_PER_POST]
        began = time.perf_counter()
        blog.await_final(post, blog.comment(post, number))
        taken.append(time.perf_counter() - began)
    return taken


def read(running: Running, count: int, idle: float, *, afresh: bool = False) -> Taken:
    """The page, again and again."""
    running.blog.page(afresh)
    work = Work(running.processes)
    seconds = [timed(partial(running.blog.page, afresh))[0] for _ in range(count)]
    return Taken(seconds, work.beyond(idle))


def read_amid(running: Running, count: int, rate: float) -> list[float]:
    """The page, now and then, while others comment."""
    blog, taken = running.blog, []
    posts = blog.posts_for(COMMENTS_PER_POST * 4)
    with meanwhile(lambda number: blog.comment(posts[number % len(posts)], number), 1 / rate):
        for _ in range(count):
            time.sleep(random.uniform(*READ_PAUSE_SECONDS))  # noqa: S311 - chance, no secret
            taken.append(timed(blog.page)[0])
    return taken
