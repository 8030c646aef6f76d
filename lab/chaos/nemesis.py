"""The nemesis: injects the faults of a schedule, and counts those that took effect."""

import random
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

MAX_FAULT_SECONDS = 3.0  # of a fault that lasts
MAX_LASTING_FAULTS = 4  # at the same time


@dataclass(frozen=True)
class FaultKind:
    """``weight``: how often it is injected, relative to the others. ``lasts``: others are injected
    meanwhile.

    ``inject`` is called with the ``pick`` and ``seconds`` of a Fault. It returns when the fault is
    over, and whether it took effect: a process that lived is gone, a connection was cut, …"""

    name: str
    weight: float
    inject: Callable[[float, float], bool]
    lasts: bool = False


@dataclass(frozen=True)
class Fault:
    """``after`` seconds from the one before, a fault of this ``kind``. ``pick`` (0 ≤ pick < 1)
    chooses among the processes or databases; ``seconds`` is how long it lasts, if it does."""

    after: float
    kind: FaultKind
    pick: float
    seconds: float


def choose(pick: float, candidates: Sequence[str]) -> str:
    return candidates[int(pick * len(candidates))]


def schedule(seed: int, kinds: Iterable[FaultKind], every: float) -> Iterator[Fault]:
    """Faults without end, ``every`` so many seconds on average, each kind as often as its weight
    demands; the same seed gives the same. A Poisson process: many follow at once, some late."""
    source = random.Random(seed)
    kinds = sorted(kinds, key=lambda kind: kind.name)
    while True:
        [kind] = source.choices(kinds, [each.weight for each in kinds])
        after, pick = source.expovariate(1 / every), source.random()
        yield Fault(after, kind, pick, source.uniform(MAX_FAULT_SECONDS / 6, MAX_FAULT_SECONDS))


@dataclass
class Nemesis:
    """``injected`` and ``missed`` (nothing to break) count faults by kind."""

    injected: Counter[str] = field(default_factory=Counter)
    missed: Counter[str] = field(default_factory=Counter)

    def run(self, faults: Iterable[Fault], is_enough: Callable[[], bool]) -> None:
        """Until ``is_enough``; all are over at the end. Raises what an injection raises."""
        lasting: dict[str, Future[None]] = {}
        with ThreadPoolExecutor(MAX_LASTING_FAULTS) as pool:
            for fault in faults:
                time.sleep(fault.after)
                before = lasting.get(fault.kind.name)
                if not fault.kind.lasts:
                    self._inject(fault)
                elif not before or before.done():  # the same thing cannot be broken twice
                    if before:
                        before.result()
                    lasting[fault.kind.name] = pool.submit(self._inject, fault)
                if is_enough():
                    break
        for each in lasting.values():
            each.result()

    def _inject(self, fault: Fault) -> None:
        took_effect = fault.kind.inject(fault.pick, fault.seconds)
        (self.injected if took_effect else self.missed)[fault.kind.name] += 1
