"""Breaks a target for a while, really, and counts how often that was felt."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from msgspec.structs import replace

from comparison.faults.targets import Mode, Target
from lab import control
from lab.faulting import Fault, Injected
from lab.stack import Stack

DOWN = Fault(mode="failing")


@dataclass
class Outage:
    """A target that is broken."""

    stack: Stack
    target: Target
    mode: Mode

    @property
    def places(self) -> list[str]:
        """The addresses of the processes in which the fault is: all that use the databases, or
        the one that is the target; none where that is ended."""
        if self.target.databases:
            return list(self.stack.addresses.values())
        return [] if self.mode.fault is None else [self.stack.addresses[self.target.name]]

    def begin(self) -> None:
        """A process that is down is killed, in the middle of whatever it does."""
        if self.mode.fault is None and not self.target.databases:
            self.stack.kill(self.target.name)
        for address in self.places:
            fault = self.mode.fault or DOWN
            control.inject(address, replace(fault, databases=self.target.databases))

    def end(self) -> None:
        for address in self.places:
            control.clear(address)
        self.stack.start(self.target.name)

    def injected(self) -> Injected:
        """So far, in all processes. What a process that is ended refuses, nobody counts."""
        all_ = [control.injected(address) for address in self.places]
        return Injected(met=sum(each.met for each in all_), struck=sum(e.struck for e in all_))


@contextmanager
def outage(stack: Stack, target: Target, mode: Mode) -> Iterator[Outage]:
    """``target`` is broken inside the context, and whole again after it."""
    broken = Outage(stack, target, mode)
    broken.begin()
    try:
        yield broken
    finally:
        broken.end()
