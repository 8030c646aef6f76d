"""The lean load generator: finished requests over kept connections, from a process of its own.

``python -m lab.generator`` reads orders as lines of JSON and answers each with a line. One thread
waits for all sockets at once (epoll, kqueue) and looks for nothing but the status and the length of
a response, so that the server is measured and not the generator: at 2,200 responses a second, of 20
posts each, it was busy for 14 % of a core. Each result has that share.
"""

import os
import selectors
import socket
import time
from collections import Counter, deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from itertools import cycle
from typing import Any
from urllib.parse import urlsplit

import msgspec

from lab.children import Child, orders, send
from lab.errors import LabFailed
from lab.statistics import percentile

CONNECTIONS, OPEN_CONNECTIONS = 16, 64
DRAIN_SECONDS = 10.0  # for responses that are missing when a loop ends
POLL_SECONDS = 0.05
RECEIVED_BYTES = 1 << 18
PERCENTS = (50, 90, 99)


def request(
    method: str, url: str, data: Any = None, headers: Mapping[str, str] | None = None
) -> bytes:
    """An HTTP/1.1 request as bytes; ``data`` as JSON."""
    at = urlsplit(url)
    target = f"{at.path or '/'}?{at.query}" if at.query else at.path or "/"
    body = b"" if data is None else msgspec.json.encode(data)
    every = {"Host": at.netloc, "Accept": "*/*", **(headers or {})}
    if body:
        every |= {"Content-Type": "application/json", "Content-Length": str(len(body))}
    lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in every.items())]
    return "\r\n".join([*lines, "", ""]).encode() + body


@dataclass(frozen=True)
class Result:
    """``rate``: successful responses a second. ``latencies``: milliseconds by percent (50, 90, 99);
    of an open loop from when each was due, so that a server that stalls is not measured less often.
    ``failed``: responses that were no success, and requests without one. ``busy``: the generator's
    own share of a core, 0 to 1, in ``seconds``, warm-up included."""

    rate: float
    responses: int
    failed: int
    latencies: Mapping[str, float]
    busy: float
    seconds: float

    @property
    def p50(self) -> float:
        return self.latencies["50"]

    def expect_success(self) -> "Result":
        """Raises LabFailed where a request failed, or none was answered."""
        if self.failed or not self.responses:
            raise LabFailed(f"{self.failed} of {self.failed + self.responses} requests failed")
        return self


class Generator(AbstractContextManager["Generator"]):
    """As a context: the process. Each method takes what ``request`` returns, in turn, all for one
    server, and returns a Result. Raises LabFailed where the server is not there."""

    def __init__(self) -> None:
        self._child = Child("lab.generator", environment=os.environ)

    def closed(
        self,
        requests: Sequence[bytes],
        address: str,
        seconds: float,
        connections: int = CONNECTIONS,
        warm_up: float = 0.0,
    ) -> Result:
        """Each connection sends its next request when it has the response to the one before, for
        ``warm_up`` seconds that are not counted, and then for ``seconds``."""
        return self._order(requests, address, seconds, connections, warm_up=warm_up)

    def open(
        self,
        requests: Sequence[bytes],
        address: str,
        seconds: float,
        rate: float,
        connections: int = OPEN_CONNECTIONS,
    ) -> Result:
        """``rate`` requests a second, each when it is due or, where every connection waits for a
        response, as soon as one has it; latencies count from when it was due."""
        return self._order(requests, address, seconds, connections, rate=rate)

    def __exit__(self, *error: object) -> None:
        self._child.__exit__(*error)

    def _order(
        self, requests: Sequence[bytes], address: str, *numbers: float, **more: float
    ) -> Result:
        seconds, connections = numbers
        order = {"address": address, "seconds": seconds, "connections": connections, **more}
        order["requests"] = [each.decode() for each in requests]
        self._child.order(order)
        answer = self._child.receive()
        if "problem" in answer:
            raise LabFailed(answer["problem"])
        return Result(**answer)


# In the child


class Broken(Exception):
    """The server closed a connection, or sent what we cannot read."""


@dataclass(eq=False)
class Connection:
    """A socket; at most one request waits for its response. ``due`` is when that began."""

    address: tuple[str, int]
    due: float = 0.0
    received: bytearray = field(default_factory=bytearray)
    missing: int = -1  # bytes until the end of the response; -1 before its headers are read
    status: int = 0

    def __post_init__(self) -> None:
        self.socket = socket.create_connection(self.address, 10)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def send(self, request: bytes, due: float) -> None:
        self.due, self.missing = due, -1
        self.received.clear()
        self.socket.sendall(request)

    def is_done(self) -> bool:
        """Reads what is there: whether the response is complete. Raises Broken."""
        data = self.socket.recv(RECEIVED_BYTES)
        if not data:
            raise Broken("the server closed the connection")
        if self.missing < 0:
            self.received += data
            head = self.received.find(b"\r\n\r\n")
            if head < 0:
                return False
            self.status, length = _read_head(bytes(self.received[:head]))
            self.missing = length - (len(self.received) - head - 4)
        else:
            self.missing -= len(data)
        return self.missing <= 0


def _read_head(head: bytes) -> tuple[int, int]:
    """Status, and the length of the body. Raises Broken."""
    status, lower = int(head[9:12]), head.lower()
    at = lower.find(b"\r\ncontent-length:")
    if at < 0:
        if status in (204, 304):
            return status, 0
        raise Broken("a response has no Content-Length")
    end = lower.find(b"\r\n", at + 2)
    return status, int(lower[at + 17 : end if end > 0 else None])


@contextmanager
def _opened(order: Mapping[str, Any]) -> Iterator[tuple[list[Connection], Any]]:
    at = urlsplit(order["address"])
    address = at.hostname or "", at.port or 80
    connections: list[Connection] = []
    with selectors.DefaultSelector() as selector:
        try:
            for _ in range(int(order["connections"])):
                connections.append(Connection(address))
                selector.register(connections[-1].socket, selectors.EVENT_READ, connections[-1])
            yield connections, selector
        finally:
            for each in connections:
                each.socket.close()


def closed_loop(order: Mapping[str, Any]) -> dict[str, Any]:
    requests = cycle(each.encode() for each in order["requests"])
    took: list[float] = []
    statuses: Counter[int] = Counter()
    clock = time.perf_counter
    with _opened(order) as (connections, selector):
        counted = clock() + order["warm_up"]
        end, limit = counted + order["seconds"], counted + order["seconds"] + DRAIN_SECONDS
        for each in connections:
            each.send(next(requests), clock())
        worked = time.process_time()
        # Where all responses are slow, it goes on until there are some.
        while (now := clock()) < end or (len(took) < len(connections) and now < limit):
            for key, _ in selector.select(max(end - now, POLL_SECONDS)):
                connection = key.data
                if connection.is_done():
                    now = clock()
                    if now >= counted:
                        took.append(now - connection.due)
                        statuses[connection.status] += 1
                    connection.send(next(requests), now)
        seconds, worked = clock() - counted, time.process_time() - worked
    return _result(took, statuses, 0, seconds, worked, order["warm_up"])


def open_loop(order: Mapping[str, Any]) -> dict[str, Any]:
    requests = cycle(each.encode() for each in order["requests"])
    total = int(order["rate"] * order["seconds"])
    took: list[float] = []
    statuses: Counter[int] = Counter()
    clock = time.perf_counter
    with _opened(order) as (connections, selector):
        idle = deque(connections)
        began, sent, done, worked = clock(), 0, 0, time.process_time()
        limit = began + order["seconds"] + DRAIN_SECONDS
        while done < total and (now := clock()) < limit:
            while idle and sent < total and began + sent / order["rate"] <= now:
                idle.popleft().send(next(requests), began + sent / order["rate"])
                sent += 1
            wait = limit - now
            if idle and sent < total:
                wait = max(0.0, began + sent / order["rate"] - clock())
            for key, _ in selector.select(wait):
                connection = key.data
                if connection.is_done():
                    took.append(clock() - connection.due)
                    statuses[connection.status] += 1
                    done += 1
                    idle.append(connection)
        seconds, worked = clock() - began, time.process_time() - worked
        # What has no response is late by at least this much: it may not be missing.
        waiting = [each.due for each in connections if each not in idle]
        waiting += [began + number / order["rate"] for number in range(sent, total)]
        took += [clock() - due for due in waiting]
    return _result(took, statuses, total - done, seconds, worked)


def _result(
    took: Sequence[float],
    statuses: Mapping[int, int],
    missing: int,
    seconds: float,
    worked: float,
    warm_up: float = 0.0,
) -> dict[str, Any]:
    good = sum(count for status, count in statuses.items() if 200 <= status < 400)
    bad = sum(statuses.values()) - good
    return {
        "rate": good / seconds,
        "responses": good,
        "failed": bad + missing,
        "latencies": {str(p): percentile(took, p) * 1_000 for p in PERCENTS} if took else {},
        "busy": worked / (seconds + warm_up),
        "seconds": seconds + warm_up,
    }


if __name__ == "__main__":
    for order in orders():
        try:
            send(open_loop(order) if "rate" in order else closed_loop(order))
        except (OSError, Broken) as error:
            send({"problem": f"{order['address']}: {error}"})
