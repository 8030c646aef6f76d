"""The client that reads pages, and checks that every way builds the same one."""

from collections.abc import Iterable
from dataclasses import dataclass

import msgspec

from comparison.reads.ways import Addresses, Posts, Takes, Way
from lab.errors import LabFailed
from lab.network import CallFailed, Calls, Network
from lab.statistics import percentile, timed

SMALLEST_REQUESTS = 50


@dataclass(frozen=True)
class Page:
    """``body`` is its canonical JSON, and None where it did not come: ``error`` is the reason.
    ``seconds`` are those until its posts were there, or until it had failed."""

    way: Way
    seconds: float
    body: bytes | None
    calls: Calls
    error: str = ""


@dataclass(frozen=True)
class Client:
    """``delay`` of each hop and ``timeout`` of a page are in seconds."""

    network: Network
    addresses: Addresses
    delay: float = 0.0
    timeout: float = 60.0

    def read(self, way: Way, posts: int) -> Page:
        calls = self.network.calls(self.delay, self.timeout)

        def run() -> tuple[Posts | None, str]:
            try:
                return way.read(calls, self.addresses, posts), ""
            except CallFailed as failed:
                return None, str(failed)

        seconds, (found, error) = timed(run)
        return Page(way, seconds, None if found is None else canonical(found), calls, error)

    def agreed(self, ways: Iterable[Way], posts: int) -> bytes:
        """The page that all ways build, the same byte for byte, each with the requests and
        queries that it should take. Raises LabFailed where they do not agree.

        Each builds it twice: the first time, caches and connections are cold.
        """
        ways = list(ways)
        body = self.read(ways[0], posts).body or b""
        for way in ways:
            self.read(way, posts)
            check(self.read(way, posts), body, posts)
        return body

    def round_trip(self) -> float:
        """Seconds, in the median, of the smallest request, with the client's delay."""
        calls = self.network.calls(self.delay)
        url = f"{self.addresses['query']}/healthz"
        took = [timed(lambda: calls.get(url))[0] for _ in range(SMALLEST_REQUESTS)]
        return percentile(took, 50)


def canonical(posts: Posts) -> bytes:
    """The page's JSON: one and the same, byte for byte, for the same content."""
    return msgspec.json.encode(posts, order="deterministic")


def check(page: Page, body: bytes, posts: int) -> None:
    """Raises LabFailed where it is another page, or took other than it should."""
    name = page.way.name
    if page.body is None:
        raise LabFailed(f"{name} does not build the page: {page.error}")
    if page.body != body:
        raise LabFailed(f"{name} builds another page: {_difference(body, page.body)}")
    took = Takes(page.calls.requests, page.calls.queries)
    if took != page.way.takes(posts):
        raise LabFailed(f"{name} took {took}, and not {page.way.takes(posts)}")


def _difference(one: bytes, other: bytes) -> str:
    """Where they begin to differ."""
    at = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), 0)
    return f"{one[max(0, at - 40) : at + 40]!r} is {other[max(0, at - 40) : at + 40]!r}"
