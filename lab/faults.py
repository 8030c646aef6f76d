"""Faults that are really injected into a web process of the lab, counted, and set over HTTP."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from random import Random
from threading import Lock
from typing import Literal

import msgspec

from lab.errors import wait_until
from lab.http import request

PATH = "/lab/faults/"
REST_SECONDS = 30.0


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """What happens to a share of the requests of a process; or, where ``databases`` names
    aliases, to a share of the SQL statements to these.

    ``slow``: it waits for ``seconds`` and then goes on. ``failing``: it fails at once.
    """

    mode: Literal["slow", "failing"]
    share: float = 1.0
    seconds: float = 0.0
    databases: tuple[str, ...] = ()
    seed: int = 1


class Injected(msgspec.Struct, frozen=True, kw_only=True):
    """``seen``: how many requests or statements came since the fault was set; ``injected``: how
    many of them it slowed or failed. ``busy``: requests that the process handles now."""

    seen: int = 0
    injected: int = 0
    busy: int = 0


class InjectedFault(Exception):
    """This request or statement is to fail."""


class Faults:
    """The fault of this process, if it has one."""

    def __init__(self) -> None:
        self._busy, self._lock = 0, Lock()
        self.set(None)

    def set(self, fault: Fault | None) -> None:
        with self._lock:
            self.fault, self._seen, self._injected = fault, 0, 0
            self._random = Random(fault.seed if fault else None)  # noqa: S311 - no secret

    @contextmanager
    def handling(self) -> Iterator[None]:
        """Around a request. Raises InjectedFault."""
        with self._lock:
            self._busy += 1
        try:
            self.meet()
            yield
        finally:
            with self._lock:
                self._busy -= 1

    def meet(self, alias: str | None = None) -> None:
        """A request has come, or a statement to the database ``alias``. Raises InjectedFault."""
        fault = self.fault
        if not fault or not (alias in fault.databases if alias else not fault.databases):
            return
        with self._lock:
            self._seen += 1
            strikes = self._random.random() < fault.share
            self._injected += strikes
        if strikes and fault.mode == "failing":
            raise InjectedFault
        if strikes:
            time.sleep(fault.seconds)

    def injected(self) -> Injected:
        return Injected(seen=self._seen, injected=self._injected, busy=self._busy)


faults = Faults()
"""Of this process."""


@contextmanager
def injecting(addresses: Sequence[str], fault: Fault) -> Iterator[Callable[[], Injected]]:
    """The processes at ``addresses`` have this fault inside the context, and none after it. Yields
    what counts its effects so far, in all of them together."""

    def total() -> Injected:
        every = [injected(address) for address in addresses]
        return Injected(seen=sum(e.seen for e in every), injected=sum(e.injected for e in every))

    with ExitStack() as stack:
        for address in addresses:
            inject(address, fault)
            stack.callback(clear, address)
        yield total


def inject(address: str, fault: Fault) -> None:
    """From now on the process at ``address`` has this fault."""
    _control("PUT", address, fault)


def injected(address: str) -> Injected:
    """What the fault of the process has done so far."""
    return _control("GET", address)


def clear(address: str) -> Injected:
    """Removes the fault; returns what it has done. Returns when the process is at rest: a request
    whose client has given up may still be going on in it."""
    done = _control("DELETE", address)
    problem = f"the process at {address} does not come to rest"
    wait_until(lambda: not injected(address).busy, REST_SECONDS, problem)
    return done


def _control(method: str, address: str, fault: Fault | None = None) -> Injected:
    response = request(method, f"{address}{PATH}", fault)
    return msgspec.json.decode(response.body, type=Injected)
