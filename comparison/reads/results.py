"""What is measured of the ways to read a page."""

from dataclasses import dataclass
from typing import Any

import msgspec

from comparison import formats
from comparison.results import Named, find

USUAL_POSTS = 20  # posts on a page of the blog
KEPT_UP = 0.9  # of the pages that were due in a second

CALLING = ("gateway-batched", "gateway-parallel", "gateway-sequential", "per-post-six", "per-post")
"""The ways that call services while the reader waits."""


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """Of one way, one size of page and one delay. ``waited_ms`` is what all hops of a page spent
    as delay, together, in the median."""

    way: str
    posts: int
    delay_ms: float
    requests: int
    queries: int
    min_ms: float
    p50_ms: float
    p95_ms: float
    max_ms: float
    p50_low_ms: float | None = None
    p50_high_ms: float | None = None
    """The confidence interval (95 %) of the median."""
    rounds: int = 0
    bytes: int = 0
    waited_ms: float = 0.0
    samples_ms: list[float] = []


class Paced(msgspec.Struct, frozen=True, kw_only=True):
    """Of one way while ``rate`` pages a second were due, whether or not those before had come; the
    percentiles are from when a page was due until it was there. ``achieved``: pages a second."""

    way: str
    rate: float
    achieved: float
    pages: int
    failed: int = 0
    p50_ms: float | None = None
    p95_ms: float | None = None
    p99_ms: float | None = None

    @property
    def kept_up(self) -> bool:
        return not self.failed and self.achieved >= KEPT_UP * self.rate


class Hop(msgspec.Struct, frozen=True):
    """What the smallest request takes with this delay."""

    delay_ms: float
    round_trip_ms: float


class Cells(dict[str, Cell]):
    """By way; as attributes, too (``cells.per_post``), which are None for what was not measured."""

    def __getattr__(self, name: str) -> Cell | None:
        return self.get(name.replace("_", "-"))

    def ranked(self, *ways: str) -> list[Cell]:
        """Those of these ways that were measured, the fastest first."""
        found = [self[way] for way in ways if way in self and self[way].p50_ms > 0]
        return sorted(found, key=lambda cell: cell.p50_ms)

    def best(self, *ways: str) -> Cell | None:
        return next(iter(self.ranked(*ways)), None)

    def ratio(self, way: str, to: str) -> float | None:
        mine, other = (self[name].p50_ms if name in self else None for name in (way, to))
        return formats.ratio(mine, other)


class Reads(msgspec.Struct, frozen=True):
    posts: list[int]
    delays_ms: list[float]
    ways: list[Named]
    cells: list[Cell]
    network: list[Hop] = []
    paced: list[Paced] = []
    """Of the usual page, without a delay."""
    method: list[str] = []

    def of(self, way: Named, delay: float) -> list[Cell]:
        """The cells of one way, those of the smallest page first."""
        found = (cell for cell in self.cells if (cell.way, cell.delay_ms) == (way.name, delay))
        return sorted(found, key=lambda cell: cell.posts)

    def paced_of(self, way: Named) -> list[Paced]:
        """The slowest rate first."""
        found = (cell for cell in self.paced if cell.way == way.name)
        return sorted(found, key=lambda cell: cell.rate)

    def at(self, posts: int, delay: float) -> Cells:
        found = (cell for cell in self.cells if (cell.posts, cell.delay_ms) == (posts, delay))
        return Cells({cell.way: cell for cell in found})

    def figure(self, name: str, posts: int, delay: float, way: Named) -> Any:
        """``p50_ms``, ``requests`` or ``queries``; None where it was not measured."""
        return getattr(self.at(posts, delay).get(way.name), name, None)

    def round_trip(self, delay: float) -> float | None:
        return getattr(find(self.network, delay_ms=delay), "round_trip_ms", None)

    @property
    def sizes(self) -> "Sizes":
        posts = min(self.posts, key=lambda posts: abs(posts - USUAL_POSTS), default=0)
        most = max(self.posts, default=0)
        near, far = min(self.delays_ms, default=0.0), max(self.delays_ms, default=0.0)
        cells = (self.at(posts, near), self.at(posts, far), self.at(most, near))
        return Sizes(posts, most, near, far, *cells)


@dataclass(frozen=True)
class Sizes:
    """Of the pages and delays that were measured: those that sentences are about. ``near`` and
    ``far`` are the cells of the usual page with least and most delay, ``largest`` those of the
    largest page with least. 0 and empty where nothing was measured."""

    posts: int
    most: int
    near_ms: float
    far_ms: float
    near: Cells
    far: Cells
    largest: Cells
