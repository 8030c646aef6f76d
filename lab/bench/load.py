"""Clients that ask the running app over HTTP, on connections that are kept open."""

import http.client
import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from threading import Event
from typing import Any, Self

HOST = "127.0.0.1"


class Refused(RuntimeError):
    """The app answered, but not with a success."""

    def __init__(self, request: str, status: int, content: bytes) -> None:
        super().__init__(f"{request} was answered {status}: {content[:200]!r}")
        self.status = status


class Client:
    """One client with one connection. Raises Refused."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection(HOST, port, timeout=30)

    def get(self, path: str, headers: dict[str, str] | None = None) -> bytes:
        return self._ask("GET", path, headers=headers)

    def find(self, path: str) -> Any:
        """The JSON that is there; None where there is nothing (yet)."""
        try:
            return json.loads(self.get(path))
        except Refused as refused:
            if refused.status == http.client.NOT_FOUND:
                return None
            raise

    def post(self, path: str, data: dict[str, str]) -> Any:
        headers = {"Content-Type": "application/json"}
        return json.loads(self._ask("POST", path, json.dumps(data), headers))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._connection.close()

    def _ask(
        self, method: str, path: str, body: str | None = None, headers: dict[str, str] | None = None
    ) -> bytes:
        self._connection.request(method, path, body, headers or {})
        response = self._connection.getresponse()
        content = response.read()
        if response.status >= 300:
            raise Refused(f"{method} {path}", response.status, content)
        return content


Ask = Callable[[Client, int], object]
"""One request, by its number."""


@dataclass(frozen=True)
class Load:
    """``milliseconds`` of each request; ``rate`` in requests per second."""

    milliseconds: list[float]
    rate: float


def load(port: int, ask: Ask, requests: int, clients: int) -> Load:
    """So many requests, shared among clients that each wait for an answer before they ask
    again."""

    def work(first: int) -> list[float]:
        took = []
        with Client(port) as client:
            for number in range(first, requests, clients):
                began = time.perf_counter()
                ask(client, number)
                took.append((time.perf_counter() - began) * 1_000)
        return took

    began = time.perf_counter()
    with ThreadPoolExecutor(clients) as pool:
        took = [each for some in pool.map(work, range(clients)) for each in some]
    return Load(took, requests / (time.perf_counter() - began))


@contextmanager
def meanwhile(port: int, ask: Ask, every: float) -> Iterator[None]:
    """One more client, which asks each ``every`` seconds for as long as this lasts."""
    done = Event()

    def work() -> None:
        with Client(port) as client:
            for number in count():
                if done.wait(every):
                    return
                ask(client, number)

    with ThreadPoolExecutor(1) as pool:
        working = pool.submit(work)
        try:
            yield
        finally:
            done.set()
        working.result()
