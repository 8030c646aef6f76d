"""From values to places on a drawing."""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass

STEPS = (1.0, 2.0, 5.0)
FEW_DECADES = 2


@dataclass(frozen=True)
class Scale:
    """``low`` lies at ``start``, ``high`` at ``end``. ``ticks`` have a line, ``labels`` a number
    as well."""

    low: float
    high: float
    start: float
    end: float
    ticks: tuple[float, ...]
    labels: tuple[float, ...]
    bend: Callable[[float], float]

    def __call__(self, value: float) -> float:
        low, high = self.bend(self.low), self.bend(self.high)
        return self.start + (self.bend(value) - low) / (high - low) * (self.end - self.start)


def linear(values: Iterable[float], start: float, end: float) -> Scale:
    """From 0 to a round number that no value exceeds."""
    high = max([0.0, *values]) or 1.0
    step = next(step for step in _steps(high / 10) if high / step <= 5)
    count = math.ceil(high / step - 1e-9)
    ticks = tuple(step * number for number in range(count + 1))
    return Scale(0.0, ticks[-1], start, end, ticks, ticks, float)


def logarithmic(values: Iterable[float], start: float, end: float) -> Scale:
    """From 1, 2 or 5 times a power of ten to another, around all values above 0; of values that
    are all 0, around 1."""
    above = [value for value in values if value > 0] or [1.0]
    low = max(step for step in _steps(min(above) / 10) if step <= min(above) * (1 + 1e-9))
    high = next(step for step in _steps(max(above)) if step >= max(above) * (1 - 1e-9))
    if high <= low:
        high = low * 10
    ticks = tuple(step for step in _steps(low) if low <= step <= high)
    decades = tuple(tick for tick in ticks if math.log10(tick).is_integer())
    labels = ticks if math.log10(high / low) <= FEW_DECADES else decades
    return Scale(low, high, start, end, ticks, labels, math.log10)


def _steps(above: float) -> list[float]:
    """1, 2 and 5 times each power of ten, from about ``above`` on, over eight decades."""
    first = math.floor(math.log10(above))
    return [float(f"{step:g}e{power}") for power in range(first, first + 8) for step in STEPS]
