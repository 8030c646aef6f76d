"""Faults that are really injected into a web process of the lab, counted, and set over HTTP."""

import time
from dataclasses import dataclass, field
from random import Random
from threading import Lock
from typing import Literal

import msgspec

from lab.errors import LabFailed
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
    """``met``: how many requests or statements came since the fault was set; ``struck``: how many
    of them it slowed or failed. ``busy``: requests that the process handles now."""

    met: int = 0
    struck: int = 0
    busy: int = 0


class InjectedFault(Exception):
    """This request or statement is to fail."""


@dataclass
class Faults:
    """The fault of this process, if it has one."""

    fault: Fault | None = None
    met: int = 0
    struck: int = 0
    busy: int = 0
    _random: Random = field(default_factory=Random)
    _lock: Lock = field(default_factory=Lock)

    def set(self, fault: Fault | None) -> None:
        with self._lock:
            self.fault, self.met, self.struck = fault, 0, 0
            self._random = Random(fault.seed if fault else None)  # noqa: S311 - no secret

    def meet_request(self) -> None:
        """Raises InjectedFault."""
        if (fault := self.fault) and not fault.databases:
            self._meet(fault)

    def meet_statement(self, alias: str) -> None:
        """Raises InjectedFault."""
        if (fault := self.fault) and alias in fault.databases:
            self._meet(fault)

    def enter(self) -> None:
        with self._lock:
            self.busy += 1

    def leave(self) -> None:
        with self._lock:
            self.busy -= 1

    def injected(self) -> Injected:
        return Injected(met=self.met, struck=self.struck, busy=self.busy)

    def _meet(self, fault: Fault) -> None:
        with self._lock:
            self.met += 1
            strikes = self._random.random() < fault.share
            self.struck += strikes
        if strikes and fault.mode == "failing":
            raise InjectedFault
        if strikes:
            time.sleep(fault.seconds)


faults = Faults()
"""Of this process."""


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
    end = time.monotonic() + REST_SECONDS
    while _control("GET", address).busy:
        if time.monotonic() > end:
            raise LabFailed(f"the process at {address} does not come to rest")
        time.sleep(0.01)
    return done


def _control(method: str, address: str, fault: Fault | None = None) -> Injected:
    response = request(method, f"{address}{PATH}", fault)
    return msgspec.json.decode(response.body, type=Injected)
