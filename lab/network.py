"""HTTP between the lab's processes, every call counted. Each first waits, in the thread that makes
it, for as long as a round trip between two machines would take."""

import time
from collections import deque
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from http import HTTPStatus
from threading import Lock
from typing import Any

from lab.http import Client, NoResponse, Response
from lab.statistics import timed

# Headers of a response: all that the request took, calls to other processes included.
QUERIES, REQUESTS, WAITED = "X-Lab-Queries", "X-Lab-Requests", "X-Lab-Waited"
# Headers of a request to a process that makes calls itself: their delay, and the time limit.
DELAY, TIMEOUT = "X-Lab-Delay", "X-Lab-Timeout"

THREADS = 32


class CallFailed(Exception):
    """A call had no response, or not in time, or one with an error."""


class Network:
    """Made once in each process. ``calls()`` for each page that is read."""

    def __init__(self) -> None:
        self.client = Client()
        self.threads = ThreadPoolExecutor(THREADS, "network")

    def calls(self, delay: float = 0.0, timeout: float = 30.0) -> "Calls":
        """``delay``: seconds of each round trip. ``timeout``: seconds for the whole page."""
        return Calls(self, delay, timeout)

    def close(self) -> None:
        self.threads.shutdown()
        self.client.close()


class Calls:
    """The calls that one page takes, counted.

    ``requests`` and ``queries`` (SQL) are those of all processes; ``waited`` is the time spent as
    delay on all hops, and ``longest`` that of the call that took longest, both in seconds.
    ``received`` is the size of the responses, in bytes.
    """

    def __init__(self, network: Network, delay: float, timeout: float) -> None:
        self._network, self.delay = network, delay
        self._end = time.monotonic() + timeout
        self._lock = Lock()
        self.requests = self.queries = self.received = 0
        self.waited = self.longest = 0.0

    @property
    def left(self) -> float:
        """Seconds until the time limit. Raises CallFailed where there are none."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise CallFailed("the time limit is reached")
        return left

    def get(self, url: str, headers: dict[str, str] | None = None) -> Response:
        """Its ``seconds`` include the delay. Raises CallFailed."""
        waited = timed(lambda: time.sleep(self.delay))[0] if self.delay else 0.0
        try:
            headers = {DELAY: str(self.delay), TIMEOUT: f"{self.left:.3f}", **(headers or {})}
            response = self._network.client.get(url, headers, self.left)
        except NoResponse as error:
            self._count(waited, 0.0, {})
            raise CallFailed(f"{url}: {error}") from error
        response = replace(response, seconds=response.seconds + waited)
        self._count(waited, response.seconds, response.headers, len(response.body))
        if response.status not in (HTTPStatus.OK, HTTPStatus.NOT_MODIFIED):
            raise CallFailed(f"{url} answered {response.status}")
        return response

    def get_all(self, urls: Sequence[str], at_a_time: int) -> list[Response]:
        """The responses in the order of ``urls``. Raises the first CallFailed; requests that were
        not sent by then are not sent any more."""
        if at_a_time == 1:
            return [self.get(url) for url in urls]
        responses: dict[int, Response] = {}
        waiting = deque(enumerate(urls))

        def work() -> None:
            try:
                while waiting:
                    number, url = waiting.popleft()
                    responses[number] = self.get(url)
            except IndexError:  # another thread was faster
                return
            except CallFailed:
                waiting.clear()
                raise

        workers = min(at_a_time, len(urls))
        tasks = [self._network.threads.submit(work) for _ in range(workers)]
        for error in filter(None, [task.exception() for task in tasks]):
            raise error
        return [responses[number] for number in range(len(urls))]

    def _count(self, waited: float, seconds: float, headers: Any, size: int = 0) -> None:
        with self._lock:
            self.received += size
            self.requests += 1 + int(headers.get(REQUESTS, 0))
            self.queries += int(headers.get(QUERIES, 0))
            self.waited += waited + float(headers.get(WAITED, 0))
            self.longest = max(self.longest, seconds)
