"""Copies of the history under disturbance: while something is down, and amid writes to the blog."""

import re
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import cycle
from random import Random

from comparison.history.new_service import NewService, Subscribed
from comparison.history.results import Blog, Copy, Outage, Outages
from comparison.history.ways import WAYS, Way
from comparison.lab import SEED, Target
from comparison.results import Named
from lab.data import PostData
from lab.errors import LabFailed
from lab.faults import Fault, injecting
from lab.http import request
from lab.load import meanwhile
from lab.stack import Stack
from lab.statistics import milliseconds

SERVICES = ("posts", "comments")


# From each of the first three to the next, one service is killed or started.
TARGETS = (
    Target("posts", "posts", services=("posts",)),
    Target("posts-and-comments", "posts and comments", services=SERVICES),
    Target("comments", "comments", services=("comments",)),
    Target("posts-database", "posts' database", databases=("posts",)),
    Target("comments-database", "comments' database", databases=("comments",)),
    Target("logins-database", "logins' database", databases=("default",)),
    Target("eventstore-database", "the event store's database", databases=("eventstore",)),
)


def outages(stack: Stack, service: NewService, blog: Blog, targets: Sequence[Target]) -> Outages:
    """At the end, all services run again."""
    every = (*(stack.addresses[name] for name in SERVICES), service.address)
    cells = []
    try:
        for target in sorted(targets, key=lambda target: bool(target.services)):
            for name in SERVICES:
                (stack.kill if name in target.services else stack.start)(name)
            # Processes that were killed do not respond.
            addresses = every if target.databases else ()
            cells += [_copy_while_down(service, way, target, blog, addresses) for way in WAYS]
    finally:
        stack.start(*SERVICES)
    return Outages(
        posts=blog.posts,
        comments=blog.comments,
        targets=[Named(target.name, target.title) for target in targets],
        cells=cells,
    )


def _copy_while_down(
    service: NewService, way: Way, target: Target, blog: Blog, addresses: Sequence[str]
) -> Outage:
    """Every statement to the target's databases fails in the processes at ``addresses``."""
    with injecting(addresses, Fault(mode="failing", databases=target.databases)) as injected:
        copied = service.copy(way)
        count = injected().injected
    error = copied.errors[0] if copied.errors else ""
    for name, address in service.at.items():
        error = error.replace(address, name)
    return Outage(
        way=way.name,
        target=target.name,
        posts=copied.posts,
        comments=copied.comments,
        share=round((copied.posts + copied.comments) / blog.rows, 4),
        injected=count,
        error=re.sub(r"\?\S*|/[0-9a-f-]{36}", "", error),
    )


KINDS = ("added", "added", "edited", "added", "deleted")  # in turn
FIRST = 3  # writes before the copy begins

Write = tuple[str, str, str, dict[str, str] | None]
"""Its kind (a comment is ``added`` or ``deleted``, or a post ``edited``), method, URL and data."""


def copies_amid_writes(
    service: NewService, data: Sequence[PostData], subscribed: Sequence[Subscribed]
) -> Iterator[Copy]:
    """Each way; one that does not read the stored events once for each of ``subscribed``."""
    todo = writes(data, service.at)
    for way in WAYS:
        for since in ("always",) if way.stored_events else subscribed:
            yield _copy_amid_writes(service, way, since, todo)


def writes(data: Sequence[PostData], at: Mapping[str, str]) -> Iterator[Write]:
    """To random posts and comments of the blog; each comment is deleted once."""
    random = Random(SEED)  # noqa: S311 - data, no secrets
    comment_ids = [comment.id for post in data for comment in post.comments]
    random.shuffle(comment_ids)
    posts, comments = f"{at['posts']}/api/posts", f"{at['comments']}/api"
    for number, kind in enumerate(cycle(KINDS), 1):
        post = random.choice(data).id
        if kind == "added":
            comment = {"author": "Gil", "content": f"Late comment {number}"}
            yield kind, "POST", f"{comments}/posts/{post}/comments/", comment
        elif kind == "edited":
            yield kind, "PATCH", f"{posts}/{post}/", {"title": f"Another title {number}"}
        elif comment_ids:
            yield kind, "DELETE", f"{comments}/comments/{comment_ids.pop()}/", None


def _copy_amid_writes(
    service: NewService, way: Way, since: Subscribed, todo: Iterator[Write]
) -> Copy:
    """The rows are compared when it has handled everything since it is subscribed. Raises
    LabFailed if a write is refused."""
    done: list[tuple[str, float, float]] = []

    def write(_: int) -> None:
        kind, method, url, data = next(todo)
        began = time.monotonic()
        request(method, url, data, headers=service.login).expect_success()
        done.append((kind, began, time.monotonic()))

    for number in range(FIRST):
        write(number)
    with meanwhile(write, every=0):
        copied = service.copy(way, subscribed=since)
    if copied.errors:
        raise LabFailed(f"{way.name} does not copy: {copied.errors[0]}")
    during = Counter(
        kind for kind, began, ended in done if began <= copied.ended and copied.began <= ended
    )
    return Copy(
        way=way.name,
        subscribed=since,
        ms=milliseconds(copied.seconds),
        written=during.total(),
        **{kind: during[kind] for kind in set(KINDS)},
        handled=service.catch_up(),
        **service.difference()._asdict(),
    )
