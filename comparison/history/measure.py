"""Measures how a new service gets the history of a blog, by the size of the blog."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from comparison.history.code import count_code
from comparison.history.disturbed import TARGETS, copies_amid_writes, outages
from comparison.history.new_service import Copied, NewService, Subscribed, new_service
from comparison.history.results import AmidWrites, Blog, Cell, History
from comparison.history.ways import BY_NAME, WAYS, Way, count_blog
from comparison.lab import SEED, Lab, Report
from comparison.reads.ways import Takes
from comparison.results import Named
from lab.data import blog
from lab.errors import LabFailed
from lab.statistics import interleaved, milliseconds, percentile, spread

COUNTED = ("requests", "queries", "written", "records", "bytes")


@dataclass(frozen=True)
class Plan:
    """``delays`` in seconds. Rounds: at most ``most``, fewer for large blogs, at least ``least``.
    Outages of ``targets`` are measured with ``outage_posts`` of ``posts``, writes with the last."""

    posts: tuple[int, ...]
    delays: tuple[float, ...]
    most: int
    least: int
    outage_posts: int
    subscribed: tuple[Subscribed, ...]
    targets: tuple[str, ...] = tuple(target.name for target in TARGETS)

    def rounds(self, posts: int) -> int:
        return max(self.least, min(self.most, 1_000 // posts))


QUICK = Plan((10, 40), (0.0, 0.001), most=2, least=2, outage_posts=10, subscribed=("after",))
FULL = Plan(
    posts=(10, 100, 1_000),
    delays=(0.0, 0.001, 0.005),
    most=10,
    least=3,
    outage_posts=100,
    subscribed=("after", "before"),
)


def measure(lab: Lab, quick: bool, report: Report) -> History:
    plan = QUICK if quick else FULL
    report("history: starting the processes, filling the databases")
    stack = lab.reading(plan.posts[0], exactly=True)
    cells: list[Cell] = []
    blogs: list[Blog] = []
    with new_service(stack) as service:
        for way in WAYS:
            service.copy(way)  # caches and connections are cold
        for posts in plan.posts:
            report(f"history: a blog of {posts} posts")
            lab.reading(posts, exactly=True)
            data = blog(posts, SEED)
            blogs.append(count_blog(data))
            for delay in plan.delays:
                cells += copies(service, blogs[-1], delay, plan.rounds(posts))
            if posts == plan.outage_posts:
                report("history: with a service down")
                targets = [target for target in TARGETS if target.name in plan.targets]
                down = outages(stack, service, blogs[-1], targets)
        report("history: amid writes")
        try:
            moving = list(copies_amid_writes(service, data, plan.subscribed))
            service.copy(BY_NAME["direct"])
            facts = service.facts()
        finally:
            lab.has_written()
    return History(
        posts=list(plan.posts),
        delays_ms=[milliseconds(delay) for delay in plan.delays],
        blogs=blogs,
        ways=[Named(way.name, way.title) for way in WAYS],
        cells=cells,
        code=[count_code(way.name) for way in WAYS],
        outages=down,
        amid_writes=AmidWrites(posts=plan.posts[-1], cells=moving),
        facts=facts,
    )


def copies(service: NewService, blog: Blog, delay: float, rounds: int) -> Iterator[Cell]:
    """A cell for each way. Raises LabFailed if one gets another history than there is."""
    runs = {way.name: partial(service.copy, way, delay) for way in WAYS}
    samples: dict[str, list[Copied]] = defaultdict(list)
    for name, _, copied in interleaved(runs, rounds):
        check(service, BY_NAME[name], copied, blog)
        samples[name].append(copied)
    for way in WAYS:
        seconds = [sample.seconds for sample in samples[way.name]]
        last = samples[way.name][-1]
        yield Cell(
            way=way.name,
            posts=blog.posts,
            delay_ms=milliseconds(delay),
            rounds=rounds,
            rows=blog.rows,
            rows_per_second=round(blog.rows / percentile(seconds, 50), 1),
            **{name: getattr(last, name) for name in COUNTED},
            **spread(seconds),
        )


def check(service: NewService, way: Way, copied: Copied, expected: Blog) -> None:
    """Raises LabFailed if the new service has other rows than the services, or took more or less
    than it should."""
    if copied.errors:
        raise LabFailed(f"{way.name} does not get the history: {copied.errors[0]}")
    found = service.difference()
    if any(found) or copied.posts + copied.comments != expected.rows:
        raise LabFailed(f"{way.name} gets another history: {found}, expected {expected.rows} rows")
    took = Takes(copied.requests, copied.queries)
    if took != way.takes(expected):
        raise LabFailed(f"{way.name} took {took}, and not {way.takes(expected)}")
