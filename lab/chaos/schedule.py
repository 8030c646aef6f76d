"""The schedule of faults: pure, and the same for the same seed."""

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

LONGEST = 3.0  # seconds: a fault that lasts


@dataclass(frozen=True)
class Fault:
    """``after`` seconds from the one before, a fault of this ``kind``. ``pick`` (0 ≤ pick < 1)
    says which of the processes or databases that are there; ``seconds`` how long it lasts, where
    it is one that lasts."""

    after: float
    kind: str
    pick: float
    seconds: float


def schedule(seed: int, weights: Mapping[str, float], every: float) -> Iterator[Fault]:
    """Faults without end, ``every`` so many seconds on average; each kind as often as it weighs.
    Many follow one another at once, as a Poisson process has it, and some after a rest."""
    dice = random.Random(seed)
    kinds = sorted(weights)
    while True:
        [kind] = dice.choices(kinds, [weights[each] for each in kinds])
        after = dice.expovariate(1 / every)
        yield Fault(after, kind, dice.random(), dice.uniform(LONGEST / 6, LONGEST))
