"""Faults that are really injected into a process of the lab, and counted."""

import time
from dataclasses import dataclass, field
from random import Random
from threading import Lock
from typing import Literal

import msgspec

PATH = "/lab/faults/"


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """What happens to a share of the requests of a process; or, where ``databases`` names
    aliases, to a share of the SQL statements to these.

    ``slow``: it waits for ``seconds`` and then goes on. ``failing``: it is an error at once.
    """

    mode: Literal["slow", "failing"]
    share: float = 1.0
    seconds: float = 0.0
    databases: tuple[str, ...] = ()
    seed: int = 1


class Injected(msgspec.Struct, frozen=True, kw_only=True):
    """``met``: how many might have been struck since the fault is there; ``struck``: how many
    were. ``busy``: requests that the process is at now."""

    met: int = 0
    struck: int = 0
    busy: int = 0


class Struck(Exception):
    """It is to fail now."""


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
            self._random = Random(fault.seed if fault else None)  # noqa: S311 - chance, no secret

    def meet_request(self) -> None:
        """Raises Struck."""
        if (fault := self.fault) and not fault.databases:
            self._meet(fault)

    def meet_statement(self, alias: str) -> None:
        """Raises Struck."""
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
            raise Struck
        if strikes:
            time.sleep(fault.seconds)


faults = Faults()
