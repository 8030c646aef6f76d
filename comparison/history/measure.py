"""Measures how a new service gets the history of a blog, by the size of the blog; while something
is down; and amid writes."""

import re
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import cycle
from random import Random

from comparison.history.code import count_code
from comparison.history.new_service import Copied, NewService, Subscribed, new_service
from comparison.history.results import AmidWrites, Blog, Cell, Copy, History, Outage, Outages
from comparison.history.ways import BY_NAME, WAYS, Way, count_blog
from comparison.lab import SEED, Lab, Report, Target, outage
from comparison.reads.ways import Takes
from comparison.results import named
from lab.data import PostData, blog
from lab.errors import LabFailed
from lab.http import request
from lab.load import meanwhile
from lab.stack import Stack
from lab.statistics import interleaved, milliseconds, percentile, spread

COUNTED = ("requests", "queries", "written", "records", "bytes")
TARGETS = (
    Target("posts", "posts", ("posts",)),
    Target("posts-and-comments", "posts and comments", ("posts", "comments")),
    Target("comments", "comments", ("comments",)),
    Target("posts-database", "posts' database", databases=("posts",)),
    Target("comments-database", "comments' database", databases=("comments",)),
    Target("logins-database", "logins' database", databases=("default",)),
    Target("eventstore-database", "the event store's database", databases=("eventstore",)),
)
WRITES = ("added", "added", "edited", "added", "deleted")
"""In turn: a comment is added or deleted, or a post edited."""
WRITES_BEFORE_COPY = 3


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
        ways=named(WAYS),
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
        yield Cell(
            way=way.name,
            posts=blog.posts,
            delay_ms=milliseconds(delay),
            rounds=rounds,
            rows=blog.rows,
            rows_per_second=round(blog.rows / percentile(seconds, 50), 1),
            **{name: getattr(samples[way.name][-1], name) for name in COUNTED},
            **spread(seconds),
        )


def check(service: NewService, way: Way, copied: Copied, expected: Blog) -> None:
    """Raises LabFailed for rows, requests or queries other than expected."""
    if copied.errors:
        raise LabFailed(f"{way.name} does not get the history: {copied.errors[0]}")
    found = service.difference()
    if any(found) or copied.rows != expected.rows:
        raise LabFailed(f"{way.name} gets another history: {found}, expected {expected.rows} rows")
    took = Takes(copied.requests, copied.queries)
    if took != way.takes(expected):
        raise LabFailed(f"{way.name} took {took}, and not {way.takes(expected)}")


def outages(stack: Stack, service: NewService, blog: Blog, targets: Sequence[Target]) -> Outages:
    """What each way gets while a target is down."""
    cells = []
    for target in targets:
        with outage(stack, target, None, service.address) as injected:
            for way in WAYS:
                before = injected().injected
                copied = service.copy(way)
                cells.append(
                    Outage(
                        way=way.name,
                        target=target.name,
                        posts=copied.posts,
                        comments=copied.comments,
                        share=round(copied.rows / blog.rows, 4),
                        injected=injected().injected - before,
                        error=_shortened(copied.errors, service.at),
                    )
                )
    return Outages(posts=blog.posts, comments=blog.comments, targets=named(targets), cells=cells)


def _shortened(errors: Sequence[str], at: Mapping[str, str]) -> str:
    """The first error, with names for addresses, and without ids and queries."""
    error = errors[0] if errors else ""
    for name, address in at.items():
        error = error.replace(address, name)
    return re.sub(r"\?\S*|/[0-9a-f-]{36}", "", error)


def copies_amid_writes(
    service: NewService, data: Sequence[PostData], subscribed: Sequence[Subscribed]
) -> Iterator[Copy]:
    """Each way; one that does not read the stored events once for each of ``subscribed``. The rows
    are compared when it has handled everything since it is subscribed."""
    todo = writes(service, data)
    done: list[tuple[str, float, float]] = []

    def write(_: int) -> None:
        began = time.monotonic()
        done.append((next(todo), began, time.monotonic()))

    runs = (
        (way, since) for way in WAYS for since in (("always",) if way.stored_events else subscribed)
    )
    for way, since in runs:
        for number in range(WRITES_BEFORE_COPY):
            write(number)
        with meanwhile(write, every=0):
            copied = service.copy(way, subscribed=since)
        if copied.errors:
            raise LabFailed(f"{way.name} does not copy: {copied.errors[0]}")
        during = Counter(
            kind for kind, began, ended in done if began <= copied.ended and copied.began <= ended
        )
        yield Copy(
            way=way.name,
            subscribed=since,
            ms=milliseconds(copied.seconds),
            written=during.total(),
            **during,
            handled=service.catch_up(),
            **service.difference()._asdict(),
        )


def writes(service: NewService, data: Sequence[PostData]) -> Iterator[str]:
    """Makes one write after another, to random posts and comments of the blog, and yields which of
    ``WRITES`` it was. Each comment is deleted once. Raises LabFailed if one is refused."""
    random = Random(SEED)  # noqa: S311 - data, no secrets
    comment_ids = [comment.id for post in data for comment in post.comments]
    random.shuffle(comment_ids)
    posts, comments = f"{service.at['posts']}/api/posts", f"{service.at['comments']}/api"
    write: tuple[str, str, dict[str, str] | None]
    for number, kind in enumerate(cycle(WRITES), 1):
        post = random.choice(data).id
        if kind == "added":
            comment = {"author": "Gil", "content": f"Late comment {number}"}
            write = "POST", f"{comments}/posts/{post}/comments/", comment
        elif kind == "edited":
            write = "PATCH", f"{posts}/{post}/", {"title": f"Another title {number}"}
        elif comment_ids:
            write = "DELETE", f"{comments}/comments/{comment_ids.pop()}/", None
        else:
            continue
        request(*write, headers=service.login).expect_success()
        yield kind
