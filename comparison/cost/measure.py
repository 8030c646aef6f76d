"""Measures what one application, the monolith of modules and the services cost, side by side: at
rest, one request at a time, and while comments are written at a rate."""

import math
import random
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from functools import partial
from threading import Event
from typing import Any

from comparison.cost.code import code, touched
from comparison.cost.results import Column, Cost, Cpu, Latency, Read, Stale, Staleness
from comparison.cost.running import COMMENTS_PER_POST, FINAL, Blog, Work, all_running, memory
from comparison.cost.stored import storage
from comparison.lab import SEED, Lab, Report
from comparison.results import Named
from lab import data
from lab.load import Sent, meanwhile, open_loop
from lab.statistics import milliseconds, summary, timed

COMMENTS_PER_SECOND = 20.0  # beside a reader
READ_KINDS = {
    Named("idle", "nothing is written"): 0.0,
    Named("afresh", "nothing is written, nothing is cached"): 0.0,
    Named("amid", f"amid {COMMENTS_PER_SECOND:g} comments a second"): COMMENTS_PER_SECOND,
}
"""With the writes per second meanwhile."""
REST_SECONDS = 0.25  # after the last write, before its comment is polled: polling is work, too
PAUSE_SECONDS = (0.02, 0.09)  # between comments that are followed: out of step with what polls
READ_PAUSE_SECONDS = (0.01, 0.03)  # between two reads of the page amid writes
POLL_SECONDS = 0.01  # between looks at the posts, which are work for the blog as well
TIMEOUT_SECONDS = 20.0  # after the last response, for all comments to be shown
REACHED = 0.95  # this share of a rate counts as that rate


@dataclass(frozen=True)
class Plan:
    """How much is measured, by default in a full run: requests of each kind in a round; ``rates``
    of comments a second, each for ``seconds``; ``rest``: seconds in which nothing happens."""

    posts: int = 200
    rounds: int = 3
    writes: int = 100
    followed: int = 15
    reads: int = 50
    rates: Sequence[float] = (5, 20, 50, 100, 200, 400)
    seconds: float = 4.0
    rest: float = 10.0


FULL = Plan()
QUICK = Plan(20, rounds=1, writes=20, followed=4, reads=15, rates=(10, 50), seconds=0.5, rest=1.0)


def measure(lab: Lab, quick: bool, report: Report) -> Cost:
    plan = QUICK if quick else FULL
    report("cost: filling the databases, starting the processes")
    with all_running(plan.posts) as blogs:
        report("cost: at rest")
        turns = at_rest(blogs, plan.rest)
        order = random.Random(plan.rounds)  # noqa: S311 - an order, no secret
        for number in range(1, plan.rounds + 1):
            for each in order.sample(turns, len(turns)):
                report(f"cost: one request at a time, round {number}: {each.blog.column.title}")
                each.take(plan)
        cells = list(curve(blogs, plan, report))
        report("cost: memory, databases, lines of code")
        filled = {each.column.name: each.filled for each in blogs}
        columns = [each.column for each in blogs]
        return Cost(
            columns=[Column(each.name, each.title, each.short) for each in columns],
            plan=asdict(plan),
            write=[Latency(**each.figures("write")) for each in turns],
            end_to_end=[Latency(**each.figures("follow")) for each in turns],
            staleness=Staleness(cells, list(plan.rates), plan.seconds),
            read_kinds=list(READ_KINDS),
            reads=[
                Read(kind=kind.name, writes_per_second=writes, **each.figures(kind.name))
                for each in turns
                for kind, writes in READ_KINDS.items()
            ],
            cpu=[each.cpu() for each in turns],
            memory=[memory(each.column.name, each.processes) for each in blogs],
            running=[each.counts() for each in blogs],
            stored=storage(filled, data.blog(plan.posts, SEED)),
            code=code(),
            touched=touched(),
        )


@dataclass
class Turns:
    """What one column took, by what was done: the ``seconds`` of each request; as ``work`` the CPU
    seconds of all its processes, beyond the share ``idle`` of a core that they take at rest."""

    blog: Blog
    idle: float
    seconds: dict[str, list[float]] = field(default_factory=partial(defaultdict, list))
    work: dict[str, float] = field(default_factory=partial(defaultdict, float))

    def take(self, plan: Plan) -> None:
        """Comments one after the other, comments that are followed to their end, the page."""
        blog = self.blog
        with blog.resumed():
            posts = blog.posts_for(plan.writes)
            work = Work(blog.processes)
            for number, post in enumerate(posts):
                comment = self._timed("write", blog.comment, post, number)
            time.sleep(REST_SECONDS)
            blog.await_final(post, comment)
            self.work["write"] += work.seconds(self.idle)  # with all that follows from them
            for number, post in enumerate(blog.posts_for(plan.followed)):
                time.sleep(random.uniform(*PAUSE_SECONDS))  # noqa: S311 - no secret
                self._timed("follow", blog.follow, post, number)
            for kind, afresh in (("idle", False), ("afresh", True)):
                blog.page(afresh)
                work = Work(blog.processes)
                for _ in range(plan.reads):
                    self._timed(kind, blog.page, afresh)
                self.work[kind] += work.seconds(self.idle)
            four = blog.posts_for(COMMENTS_PER_POST * 4)[::COMMENTS_PER_POST]
            every = 1 / COMMENTS_PER_SECOND
            with meanwhile(lambda number: blog.comment(four[number % 4], number), every):
                for _ in range(plan.reads):
                    time.sleep(random.uniform(*READ_PAUSE_SECONDS))  # noqa: S311 - no secret
                    self._timed("amid", blog.page)

    def _timed(self, kind: str, request: Callable[..., Any], *arguments: Any) -> Any:
        seconds, result = timed(partial(request, *arguments))
        self.seconds[kind].append(seconds)
        return result

    def cpu(self) -> Cpu:
        name, at_rest = self.blog.column.name, round(self.idle * 100, 2)
        each = {kind: milliseconds(of / len(self.seconds[kind])) for kind, of in self.work.items()}
        return Cpu(name, each["write"], each["idle"], each["afresh"], at_rest)

    def figures(self, kind: str) -> dict[str, Any]:
        seconds = self.seconds[kind]
        samples = {"count": len(seconds), "samples_ms": [milliseconds(each) for each in seconds]}
        return {"column": self.blog.column.name, **samples, **summary(seconds, 50, 95, 99)}


def at_rest(blogs: Sequence[Blog], seconds: float) -> list[Turns]:
    """Finds what each takes of one core without any request; then all are stopped."""
    for blog in blogs:
        blog.settle()
    work = [(blog, Work(blog.processes)) for blog in blogs]
    time.sleep(seconds)
    turns = [Turns(blog, idle.share()) for blog, idle in work]
    for blog in blogs:
        blog.stack.pause()
    return turns


def curve(blogs: Sequence[Blog], plan: Plan, report: Report) -> Iterator[Stale]:
    """Staleness by rate; a column for which a rate was too much gets no higher one."""
    left = list(blogs)
    for rate in sorted(plan.rates):
        for blog in list(left):
            report(f"cost: {rate:g} comments a second: {blog.column.title}")
            with blog.resumed():
                cell = staleness(blog, rate, plan.seconds)
            if not (cell.reached and cell.kept_up):
                left.remove(blog)
            yield cell


def staleness(blog: Blog, rate: float, seconds: float) -> Stale:
    """Writes comments at this rate for so long, and polls until all are shown."""
    count = max(2, round(rate * seconds))
    comments, arrived = dict[int, str](), Event()
    posts = blog.posts_for(count)
    expected: dict[str, set[str]] = {post: set() for post in posts}
    work = Work(blog.processes)

    def write(number: int) -> None:
        comments[number] = blog.comment(posts[number], number)
        expected[posts[number]].add(comments[number])
        arrived.set()

    with ThreadPoolExecutor(1) as pool:
        loading = pool.submit(lambda: (open_loop(write, count, rate), work.share()))
        shown_at = observe(blog, expected, loading, arrived)
    sent, share = loading.result()
    written = [each for each in sent if not each.failed]
    shown = [(each, at) for each in written if (at := shown_at.get(comments[each.number]))]
    reached = achieved(sent, rate)
    since_due = summary([at - each.due for each, at in shown], 50, 95)
    written_in = summary([each.latency for each in written], 50, 95)
    return Stale(
        column=blog.column.name,
        rate=rate,
        sent=count,
        failed=count - len(written),
        achieved=round(reached, 1),
        reached=reached >= REACHED * rate,
        shown=len(shown),
        kept_up=not any(expected.values()),
        cpu_percent=round(share * 100, 1),
        **summary([at - each.done for each, at in shown], 50, 95),
        **{f"since_due_{name}": value for name, value in since_due.items()},
        **{f"write_{name}": value for name, value in written_in.items()},
    )


def achieved(sent: Sequence[Sent], rate: float) -> float:
    """Successful writes a second, from the first response to the last: ``rate`` where each takes
    equally long; never more."""
    responses = sorted(each.done for each in sent)
    took = max(responses[-1] - responses[0], (len(sent) - 1) / rate)
    written = sum(not each.failed for each in sent)
    return written / len(sent) * (len(sent) - 1) / took


def observe(
    blog: Blog, expected: Mapping[str, set[str]], loading: Future[Any], arrived: Event
) -> dict[str, float]:
    """Takes each comment out of ``expected`` (by post) as soon as it is shown with its final
    status; returns when that was, on the performance counter, by id. ``loading`` adds comments and
    sets ``arrived``. Those that are not shown in time after its end are left."""
    shown: dict[str, float] = {}
    loading.add_done_callback(lambda _: arrived.set())
    end = math.inf
    while time.monotonic() < end:
        arrived.clear()
        if ended := loading.done():  # first: then all that it adds is there
            loading.result()  # raises what went wrong
            end = min(end, time.monotonic() + TIMEOUT_SECONDS)
        posts = [post for post, comments in expected.items() if comments]
        for post in posts:
            statuses, now = blog.statuses(post), time.perf_counter()
            found = {each for each in expected[post].copy() if statuses.get(each) in FINAL}
            expected[post].difference_update(found)
            shown |= dict.fromkeys(found, now)
        if posts:
            time.sleep(POLL_SECONDS)
        elif ended:
            break
        else:
            arrived.wait()
    return shown
