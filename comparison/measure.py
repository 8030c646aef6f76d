"""Measuring: in rounds, so that what else the machine does hits all alike."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from random import Random
from typing import Any, NamedTuple, TypeVar

Result = TypeVar("Result")


def percentile(samples: Sequence[float], percent: float) -> float:
    """The value that ``percent`` (0 to 100) of the samples do not exceed, interpolated between
    the two nearest ones; of one sample, that."""
    ordered = sorted(samples)
    place = (len(ordered) - 1) * percent / 100
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def milliseconds(seconds: float) -> float:
    """For the results: three decimals are more than the clock gives."""
    return round(seconds * 1_000, 3)


def summary(seconds: Sequence[float], *percents: int) -> dict[str, float | None]:
    """``{"p50_ms": …}``; None each where there are no samples."""
    return {
        f"p{percent}_ms": milliseconds(percentile(seconds, percent)) if seconds else None
        for percent in percents
    }


def spread(seconds: Sequence[float]) -> dict[str, Any]:
    """Of some samples: ``min_ms``, ``p50_ms``, ``p95_ms``, ``max_ms``, and all ``samples_ms``."""
    return {
        "min_ms": milliseconds(min(seconds)),
        **summary(seconds, 50, 95),
        "max_ms": milliseconds(max(seconds)),
        "samples_ms": [milliseconds(each) for each in seconds],
    }


class Timed(NamedTuple):
    name: str
    seconds: float
    result: Any


def timed(run: Callable[[], Result]) -> tuple[float, Result]:
    """Seconds, and what ``run`` returned."""
    began = time.perf_counter()
    result = run()
    return time.perf_counter() - began, result


def interleaved(runs: Mapping[str, Callable[[], Any]], rounds: int) -> Iterator[Timed]:
    """Each once in every round, in another order in each: nobody always comes after the same."""
    random = Random(rounds)  # noqa: S311 - an order, no secret
    names = list(runs)
    for _ in range(rounds):
        random.shuffle(names)
        for name in names:
            yield Timed(name, *timed(runs[name]))
