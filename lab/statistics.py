"""Timing in interleaved rounds, and the summary statistics of the samples."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from math import comb
from random import Random
from statistics import quantiles
from typing import Any, NamedTuple, TypeVar

Result = TypeVar("Result")


def percentile(samples: Sequence[float], percent: int) -> float:
    """The value that ``percent`` (0 to 100) of the samples do not exceed, interpolated between
    the two nearest ones; of one sample, that."""
    if len(samples) == 1 or percent in (0, 100):
        return max(samples) if percent == 100 else min(samples)
    return quantiles(samples, n=100, method="inclusive")[percent - 1]


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
    """Each once in every round, in another order each time: none always comes after the same."""
    random = Random(rounds)  # noqa: S311 - no secret
    names = list(runs)
    for _ in range(rounds):
        random.shuffle(names)
        for name in names:
            yield Timed(name, *timed(runs[name]))


class Interval(NamedTuple):
    """From ``low`` to ``high``; the median of all samples there could be lies within with
    ``confidence`` (0 to 1)."""

    low: float
    high: float
    confidence: float


def median_interval(samples: Sequence[float], confidence: float = 0.95) -> Interval:
    """The confidence interval of the median by order statistics, which assumes no distribution: the
    narrowest pair of samples, as far from the least as from the greatest, that has ``confidence``.
    Where there are too few samples (below 6 for 0.95), all of them, with the confidence they have.
    """
    count, ordered = len(samples), sorted(samples)
    within = [1 - 2 * sum(comb(count, n) for n in range(k)) / 2**count for k in range(1, count)]
    k = max((k for k, each in enumerate(within, 1) if each >= confidence), default=1)
    return Interval(ordered[k - 1], ordered[-k], max(0.0, within[k - 1] if within else 0.0))
