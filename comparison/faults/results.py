"""What is measured of outages: the schema for writing and for reading it."""

import math

import msgspec

from comparison.results import Named, find


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """Of one way while one target is broken in one mode. The percentiles are those of the pages
    that came ``whole``; ``injected``: how many requests or statements failed or were slow."""

    way: str
    target: str
    mode: str
    pages: int
    whole: int
    share: float
    p50_ms: float | None = None
    p95_ms: float | None = None
    p99_ms: float | None = None
    failed_p50_ms: float | None = None
    injected: int = 0


class SlowCalls(msgspec.Struct, frozen=True, kw_only=True):
    """Pages that make so many ``calls``, a share of which is slow: how many pages were slow. Of
    ``met`` calls, ``injected`` were made slow."""

    share_of_calls: float
    calls: int
    slow_by_ms: float
    pages: int
    slow: int
    share: float
    formula: float
    way: str = ""
    met: int = 0
    injected: int = 0
    p50_ms: float | None = None
    p95_ms: float | None = None
    p99_ms: float | None = None


class Faults(msgspec.Struct, frozen=True):
    """``patience_ms`` is the timeout of a page."""

    posts: int
    patience_ms: float
    targets: list[Named]
    modes: list[Named]
    ways: list[Named]
    cells: list[Cell]
    slow_calls: list[SlowCalls] = []
    method: list[str] = []

    def cell(self, way: str, target: str, mode: str = "down") -> Cell | None:
        return find(self.cells, way=way, target=target, mode=mode)

    def share(self, way: str, target: str, mode: str = "down") -> float | None:
        return getattr(self.cell(way, target, mode), "share", None)

    def shares(self, ways: tuple[str, ...], target: str, mode: str = "down") -> list[float]:
        """Of those of these ways that were measured."""
        found = (self.share(way, target, mode) for way in ways)
        return [each for each in found if each is not None]

    def pages(self, mode: str) -> int:
        """How many pages were requested in each way."""
        return max((cell.pages for cell in self.cells if cell.mode == mode), default=0)


def formula(share: float, calls: float) -> float:
    """The share of pages with at least one slow call, where each call is slow by chance: 1 −
    (1 − p)^N (J. Dean, L. A. Barroso, Communications of the ACM 56(2), 2013)."""
    return 1 - math.pow(1 - share, calls)
