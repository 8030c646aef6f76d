"""What is broken, and how: really, for a while, and counted."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from msgspec.structs import replace

from comparison.lab import Target
from lab.faults import Fault, Injected, injecting
from lab.stack import Stack

SEED = 5


@dataclass(frozen=True)
class Mode:
    """``fault`` is None where the process is killed."""

    name: str
    title: str
    fault: Fault | None


TARGETS = (
    Target("posts", "posts", services=("posts",)),
    Target("comments", "comments", services=("comments",)),
    Target("query", "query", services=("query",)),
    Target("monolith", "the monolith", services=("monolith",)),
    Target("gateway", "the gateway", services=("gateway",)),
    Target("databases", "the databases of posts and comments", databases=("posts", "comments")),
)

MODES = (
    Mode("down", "down", None),
    Mode("slow-200", "slow: 200 ms", Fault(mode="slow", seconds=0.2, seed=SEED)),
    Mode("slow-2000", "slow: 2 s", Fault(mode="slow", seconds=2.0, seed=SEED)),
    Mode("failing", "failing one time in five", Fault(mode="failing", share=0.2, seed=SEED)),
)


@contextmanager
def outage(stack: Stack, target: Target, mode: Mode) -> Iterator[Callable[[], Injected]]:
    """``target`` is broken inside the context, and whole again after it.

    A process that is down is killed, in the middle of whatever it does; a database that is down
    fails every statement. Yields what counts the faults so far, in all processes. What a process
    that is down refuses is not counted.
    """
    fault = replace(mode.fault or Fault(mode="failing"), databases=target.databases)
    killed = target.services if mode.fault is None else ()
    names = () if killed else target.services or stack.addresses
    if killed:
        stack.kill(*killed)
    try:
        with injecting([stack.addresses[name] for name in names], fault) as injected:
            yield injected
    finally:
        stack.start(*killed)
