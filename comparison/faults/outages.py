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
    Target("posts", "posts", ("posts",)),
    Target("comments", "comments", ("comments",)),
    Target("query", "query", ("query",)),
    Target("monolith", "the monolith", ("monolith",)),
    Target("gateway", "the gateway", ("gateway",)),
    Target("databases", "the databases of posts and comments", databases=("posts", "comments")),
)

DOWN = Mode("down", "down", None)
MODES = (
    DOWN,
    Mode("slow-200", "slow: 200 ms", Fault(mode="slow", seconds=0.2, seed=SEED)),
    Mode("slow-2000", "slow: 2 s", Fault(mode="slow", seconds=2.0, seed=SEED)),
    Mode("failing", "failing one time in five", Fault(mode="failing", share=0.2, seed=SEED)),
)


@contextmanager
def outage(
    stack: Stack, target: Target, mode: Mode = DOWN, *others: str
) -> Iterator[Callable[[], Injected]]:
    """``target`` is broken inside the context, and whole again after it.

    A process that is down is killed, in the middle of whatever it does; a database that is down
    fails every statement, also those of processes at the addresses ``others``. Yields what counts
    the faults so far, in all processes. What a process that is down refuses is not counted.
    """
    if target.services and not mode.fault:
        stack.kill(*target.services)
        try:
            yield Injected
        finally:
            stack.start(*target.services)
        return
    at = stack.addresses
    addresses = [at[name] for name in target.services] or [*at.values(), *others]
    fault = replace(mode.fault or Fault(mode="failing"), databases=target.databases)
    with injecting(addresses, fault) as injected:
        yield injected
