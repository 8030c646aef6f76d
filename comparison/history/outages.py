"""What each way gets while something is down. Nobody tries again."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from comparison.history import WAYS
from comparison.history.newcomer import Newcomer
from comparison.history.way import Blog, Way
from lab import control
from lab.faulting import Fault
from lab.stack import Stack

SERVICES = ("posts", "comments")


@dataclass(frozen=True)
class Target:
    """``services`` whose processes are killed; ``databases`` (aliases) that fail whoever asks."""

    name: str
    title: str
    services: tuple[str, ...] = ()
    databases: tuple[str, ...] = ()


# Each of the first three takes one more down, or lets one up.
TARGETS = (
    Target("posts", "posts", services=("posts",)),
    Target("posts-and-comments", "posts and comments", services=SERVICES),
    Target("comments", "comments", services=("comments",)),
    Target("posts-database", "posts' database", databases=("posts",)),
    Target("comments-database", "comments' database", databases=("comments",)),
    Target("logins-database", "logins' database", databases=("default",)),
    Target("eventstore-database", "the event store's database", databases=("eventstore",)),
)


def outages(
    stack: Stack, newcomer: Newcomer, blog: Blog, targets: Sequence[Target]
) -> dict[str, Any]:
    """``share`` of the blog's rows that a way gets, and how many statements failed on the way.
    At the end, who was killed is on its way up."""
    cells = []
    try:
        for target in sorted(targets, key=lambda target: bool(target.services)):
            take_down(stack, target.services)
            with failing(stack, newcomer, target.databases) as failed:
                cells += [_cell(newcomer, way, target, blog, failed) for way in WAYS]
    finally:
        stack.launch(*SERVICES)
    return {
        "posts": blog.posts,
        "comments": blog.comments,
        "targets": [{"name": target.name, "title": target.title} for target in targets],
        "cells": cells,
    }


def take_down(stack: Stack, services: Sequence[str]) -> None:
    """These are killed; the others run."""
    if services:
        stack.kill(*services)
    if up := [service for service in SERVICES if service not in services]:
        stack.start(*up)


@contextmanager
def failing(
    stack: Stack, newcomer: Newcomer, databases: tuple[str, ...]
) -> Iterator[Callable[[], int]]:
    """Every statement to these databases is an error, whoever makes it. Says how many were."""
    places = [*(stack.addresses[service] for service in SERVICES), newcomer.address]
    if not databases:
        places = []  # who was killed cannot be asked
    for address in places:
        control.inject(address, Fault(mode="failing", databases=databases))
    try:
        yield lambda: sum(control.injected(address).struck for address in places)
    finally:
        for address in places:
            control.clear(address)


def _cell(
    newcomer: Newcomer, way: Way, target: Target, blog: Blog, failed: Callable[[], int]
) -> dict[str, Any]:
    before = failed()
    copied = newcomer.copy(way)
    got = copied.posts + copied.comments
    return {
        "way": way.name,
        "target": target.name,
        "posts": copied.posts,
        "comments": copied.comments,
        "share": round(got / blog.rows, 4),
        "injected": failed() - before,
        "error": _reason(copied.errors[0], newcomer.at) if copied.errors else "",
    }


def _reason(error: str, at: Mapping[str, str]) -> str:
    """What it says, with the services' names for their addresses of today."""
    for service, address in at.items():
        error = error.replace(address, service)
    return re.sub(r"\?\S*|/[0-9a-f-]{36}", "", error)
