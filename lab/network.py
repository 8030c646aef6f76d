"""HTTP between the lab's processes, the same for every way and every hop.

Connections are kept alive and used again. Each call first waits for as long as the network between
two machines would take there and back: really, in the thread that makes the call.
"""

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http import HTTPStatus
from threading import Lock
from typing import Any

import msgspec

from lab.connections import Connections, Unanswered

# What a process of the lab says of a request: all that it took, calls to other processes included.
QUERIES, REQUESTS, WAITED = "X-Lab-Queries", "X-Lab-Requests", "X-Lab-Waited"
# What the client asks of a process that makes calls itself.
DELAY, PATIENCE = "X-Lab-Delay", "X-Lab-Patience"

THREADS = 32


class CallFailed(Exception):
    """A call had no answer, or not in time, or not the one that was asked for."""


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes
    headers: Any
    seconds: float

    @property
    def unchanged(self) -> bool:
        return self.status == HTTPStatus.NOT_MODIFIED

    @property
    def data(self) -> Any:
        return msgspec.json.decode(self.body)


class Network:
    """Made once in each process. ``calls()`` for each page that is read."""

    def __init__(self) -> None:
        self.connections = Connections()
        self.threads = ThreadPoolExecutor(THREADS, "network")

    def calls(self, delay: float = 0.0, patience: float = 30.0) -> "Calls":
        """Seconds both: of each hop, there and back; until the page is given up."""
        return Calls(self, delay, patience)

    def close(self) -> None:
        self.threads.shutdown()
        self.connections.close()


class Calls:
    """The calls that one page takes, counted.

    ``requests`` and ``queries`` (SQL) are those of all processes; ``waited`` is the time spent as
    delay on all hops, and ``longest`` that of the call that took longest, both in seconds.
    ``received`` is the size of the answers that came here, in bytes.
    """

    def __init__(self, network: Network, delay: float, patience: float) -> None:
        self._network, self.delay = network, delay
        self._end = time.monotonic() + patience
        self._lock = Lock()
        self._failed = False
        self.requests = self.queries = self.received = 0
        self.waited = self.longest = 0.0

    @property
    def left(self) -> float:
        """Seconds. Raises CallFailed where patience is at its end."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise CallFailed("patience is at its end")
        return left

    def get(self, url: str, headers: dict[str, str] | None = None) -> Answer:
        """Raises CallFailed."""
        waited = self._delayed()
        began = time.perf_counter()
        try:
            headers = {DELAY: str(self.delay), PATIENCE: f"{self.left:.3f}", **(headers or {})}
            status, got, body = self._network.connections.get(url, headers, self.left)
        except Unanswered as error:
            self._count(waited, 0.0, {})
            raise CallFailed(f"{url}: {error}") from error
        answer = Answer(status, body, got, time.perf_counter() - began + waited)
        self._count(waited, answer.seconds, got, len(body))
        if status not in (HTTPStatus.OK, HTTPStatus.NOT_MODIFIED):
            raise CallFailed(f"{url} answered {status}")
        return answer

    def get_all(self, urls: Sequence[str], at_a_time: int) -> list[Answer]:
        """The answers in the order of ``urls``. Raises the first CallFailed; what has not been
        asked by then is not asked any more."""
        if at_a_time == 1:
            return [self.get(url) for url in urls]
        answers: dict[int, Answer] = {}
        left = iter(enumerate(urls))

        def work() -> None:
            while not self._failed and (next_ := self._take(left)):
                try:
                    answers[next_[0]] = self.get(next_[1])
                except CallFailed:
                    self._failed = True
                    raise

        workers = min(at_a_time, len(urls))
        tasks = [self._network.threads.submit(work) for _ in range(workers)]
        errors = [error for task in tasks if (error := task.exception())]
        if errors:
            raise errors[0]
        return [answers[number] for number in range(len(urls))]

    def _take(self, left: Any) -> tuple[int, str] | None:
        with self._lock:
            return next(left, None)

    def _delayed(self) -> float:
        if not self.delay:
            return 0.0
        began = time.perf_counter()
        time.sleep(self.delay)
        return time.perf_counter() - began

    def _count(self, waited: float, seconds: float, headers: Any, size: int = 0) -> None:
        with self._lock:
            self.received += size
            self.requests += 1 + int(headers.get(REQUESTS, 0))
            self.queries += int(headers.get(QUERIES, 0))
            self.waited += waited + float(headers.get(WAITED, 0))
            self.longest = max(self.longest, seconds)
