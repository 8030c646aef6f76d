"""What each way gets while something is down. There are no retries."""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from comparison.history.new_service import NewService
from comparison.history.results import Blog, Outage, Outages
from comparison.history.ways import WAYS, Way
from comparison.results import Named
from lab import faults
from lab.faults import Fault
from lab.stack import Stack

SERVICES = ("posts", "comments")


@dataclass(frozen=True)
class Target:
    """``services`` whose processes are killed; ``databases`` (aliases) that fail every client."""

    name: str
    title: str
    services: tuple[str, ...] = ()
    databases: tuple[str, ...] = ()


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
    """At the end, the services that were killed are starting."""
    cells = []
    try:
        for target in sorted(targets, key=lambda target: bool(target.services)):
            for name in SERVICES:
                (stack.kill if name in target.services else stack.start)(name)
            with failing(stack, service, target.databases) as failed:
                cells += [_cell(service, way, target, blog, failed) for way in WAYS]
    finally:
        stack.launch(*SERVICES)
    return Outages(
        posts=blog.posts,
        comments=blog.comments,
        targets=[Named(target.name, target.title) for target in targets],
        cells=cells,
    )


@contextmanager
def failing(
    stack: Stack, service: NewService, databases: tuple[str, ...]
) -> Iterator[Callable[[], int]]:
    """Every statement to these databases fails, in every process. Yields how many have."""
    every = (*(stack.addresses[name] for name in SERVICES), service.address)
    addresses = every if databases else ()  # processes that were killed do not respond
    for address in addresses:
        faults.inject(address, Fault(mode="failing", databases=databases))
    try:
        yield lambda: sum(faults.injected(address).struck for address in addresses)
    finally:
        for address in addresses:
            faults.clear(address)


def _cell(
    service: NewService, way: Way, target: Target, blog: Blog, failed: Callable[[], int]
) -> Outage:
    before, copied = failed(), service.copy(way)
    error = copied.errors[0] if copied.errors else ""
    for name, address in service.at.items():
        error = error.replace(address, name)
    return Outage(
        way=way.name,
        target=target.name,
        posts=copied.posts,
        comments=copied.comments,
        share=round((copied.posts + copied.comments) / blog.rows, 4),
        injected=failed() - before,
        error=re.sub(r"\?\S*|/[0-9a-f-]{36}", "", error),
    )
