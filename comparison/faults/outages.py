"""What is broken, and how: really, for a while, and counted."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from msgspec.structs import replace

from lab import faults
from lab.faults import Fault, Injected
from lab.stack import Stack

SEED = 5


@dataclass(frozen=True)
class Target:
    """A process of the lab; or, where ``databases`` names aliases, these, for every process."""

    name: str
    title: str
    databases: tuple[str, ...] = ()


@dataclass(frozen=True)
class Mode:
    """``fault`` is None where the process is killed."""

    name: str
    title: str
    fault: Fault | None


TARGETS = (
    Target("posts", "posts"),
    Target("comments", "comments"),
    Target("query", "query"),
    Target("monolith", "the monolith"),
    Target("gateway", "the gateway"),
    Target("databases", "the databases of posts and comments", ("posts", "comments")),
)

MODES = (
    Mode("down", "down", None),
    Mode("slow-200", "slow: 200 ms", Fault(mode="slow", seconds=0.2, seed=SEED)),
    Mode("slow-2000", "slow: 2 s", Fault(mode="slow", seconds=2.0, seed=SEED)),
    Mode("failing", "failing one time in five", Fault(mode="failing", share=0.2, seed=SEED)),
)


DOWN = Fault(mode="failing")


@dataclass
class Outage:
    """A target that is broken."""

    stack: Stack
    target: Target
    mode: Mode

    @property
    def addresses(self) -> list[str]:
        """The addresses of the processes in which the fault is: all that use the databases, or
        the one that is the target; none where that is killed."""
        if self.target.databases:
            return list(self.stack.addresses.values())
        return [] if self.mode.fault is None else [self.stack.addresses[self.target.name]]

    def begin(self) -> None:
        """A process that is down is killed, in the middle of whatever it does."""
        if self.mode.fault is None and not self.target.databases:
            self.stack.kill(self.target.name)
        for address in self.addresses:
            fault = self.mode.fault or DOWN
            faults.inject(address, replace(fault, databases=self.target.databases))

    def end(self) -> None:
        for address in self.addresses:
            faults.clear(address)
        self.stack.start(self.target.name)

    def injected(self) -> Injected:
        """So far, in all processes. What a process that is down refuses is not counted."""
        every = [faults.injected(address) for address in self.addresses]
        met, struck = (sum(getattr(e, name) for e in every) for name in ("met", "struck"))
        return Injected(met=met, struck=struck)


@contextmanager
def outage(stack: Stack, target: Target, mode: Mode) -> Iterator[Outage]:
    """``target`` is broken inside the context, and whole again after it."""
    broken = Outage(stack, target, mode)
    broken.begin()
    try:
        yield broken
    finally:
        broken.end()
