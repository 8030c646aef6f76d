"""Injects the faults of a schedule, one after the other, and counts those that really were."""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

from lab.chaos.faults import Hazard
from lab.chaos.schedule import Fault

TOGETHER = 4  # faults that last, at the same time


@dataclass
class Injector:
    """``done`` and ``missed`` count by kind: what was really so, and what found nothing to strike.
    ``last``: when the last one was over (``time.monotonic``)."""

    hazards: Mapping[str, Hazard]
    done: Counter[str] = field(default_factory=Counter)
    missed: Counter[str] = field(default_factory=Counter)
    last: float = 0.0

    def inject(self, faults: Iterable[Fault], enough: Callable[[], bool]) -> None:
        """Until it is ``enough``, asked after each; all are over then. Raises what an injection
        raises."""
        with ThreadPoolExecutor(TOGETHER) as pool:
            lasting: dict[str, Future[None]] = {}
            for fault in faults:
                time.sleep(fault.after)
                hazard, before = self.hazards[fault.kind], lasting.get(fault.kind)
                if before and before.done():
                    before.result()
                if not hazard.lasts:
                    self._strike(hazard, fault)
                elif not before or before.done():  # nothing is lost twice at the same time
                    lasting[fault.kind] = pool.submit(self._strike, hazard, fault)
                if enough():
                    break
        for each in lasting.values():
            each.result()
        self.last = time.monotonic()

    def _strike(self, hazard: Hazard, fault: Fault) -> None:
        really = hazard.inject(fault.pick, fault.seconds)
        (self.done if really else self.missed)[hazard.kind] += 1
