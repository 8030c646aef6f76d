"""Reads one page in one way, and says how that went."""

from collections.abc import Iterable
from dataclasses import dataclass

from comparison.measure import timed
from comparison.reads.way import Addresses, Posts, Takes, Way, canonical
from lab.errors import LabFailed
from lab.network import CallFailed, Calls, Network


@dataclass(frozen=True)
class Page:
    """``body`` is its canonical JSON, and None where it could not be had: ``error`` says why.
    ``seconds`` are those until its posts were there, or until it had failed."""

    way: Way
    seconds: float
    body: bytes | None
    calls: Calls
    error: str = ""


@dataclass(frozen=True)
class Client:
    """Whoever wants the page. ``delay`` of each hop and ``patience`` with a page: seconds."""

    network: Network
    addresses: Addresses
    delay: float = 0.0
    patience: float = 60.0

    def read(self, way: Way, posts: int) -> Page:
        calls = self.network.calls(self.delay, self.patience)

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
