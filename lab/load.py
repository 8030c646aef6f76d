"""Load generators: closed (each client waits for its response) and open (at a fixed rate). Timing
in interleaved rounds, and the summary statistics of the samples."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from itertools import count
from random import Random
from statistics import quantiles
from threading import Event
from typing import Any, NamedTuple, TypeVar

from lab.http import NoResponse, RequestFailed

Result = TypeVar("Result")
Request = Callable[[int], object]  # by its number; raises NoResponse or RequestFailed
OPEN_LOOP_THREADS = 16  # requests that wait at the same time; where more are due, they are late


class Load(NamedTuple):
    """``milliseconds`` of each request; ``rate`` in requests per second."""

    milliseconds: list[float]
    rate: float


class Sent(NamedTuple):
    """One request of an open loop: when it was due and when it was done, on the performance
    counter; ``failed`` where there was no response, or not a success."""

    number: int
    due: float
    done: float
    failed: bool = False

    @property
    def latency(self) -> float:
        """Seconds from when it was due to its response."""
        return self.done - self.due


def closed_loop(request: Request, total: int, clients: int) -> Load:
    """``total`` requests, shared among clients that wait for each response before the next."""

    def work(first: int) -> list[float]:
        numbers = range(first, total, clients)
        return [timed(partial(request, number))[0] * 1_000 for number in numbers]

    with ThreadPoolExecutor(clients) as pool:
        seconds, took = timed(lambda: list(pool.map(work, range(clients))))
    return Load([each for some in took for each in some], total / seconds)


def open_loop(request: Request, total: int, rate: float) -> list[Sent]:
    """``total`` requests, ``rate`` a second; returns when all have been answered. Each is sent when
    it is due: a closed loop would send less just when responses are slow."""

    def send(number: int, due: float) -> Sent:
        failed = False
        try:
            request(number)
        except (NoResponse, RequestFailed):
            failed = True
        return Sent(number, due, time.perf_counter(), failed)

    began = time.perf_counter()
    with ThreadPoolExecutor(OPEN_LOOP_THREADS) as pool:
        sending = []
        for number in range(total):
            due = began + number / rate
            time.sleep(max(0.0, due - time.perf_counter()))
            sending.append(pool.submit(send, number, due))
        return [each.result() for each in sending]


@contextmanager
def meanwhile(request: Request, every: float) -> Iterator[None]:
    """One more client, which sends a request each ``every`` seconds for the time of a block."""
    done = Event()

    def work() -> None:
        numbers = count()
        while not done.wait(every):
            request(next(numbers))

    with ThreadPoolExecutor(1) as pool:
        working = pool.submit(work)
        try:
            yield
        finally:
            done.set()
        working.result()


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
