"""Load generators: closed (each client waits for its response) and open (at a fixed rate)."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from itertools import count
from threading import Event
from typing import NamedTuple

from lab.http import NoResponse, RequestFailed
from lab.statistics import timed

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
