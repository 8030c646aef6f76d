"""Part 1, as ``comparison.reads.measuring`` leaves it."""

from dataclasses import dataclass

import msgspec

from comparison.page.shapes.named import Named

USUAL = 20
"""Posts on a page of the blog."""

CALLING = ("gateway-batched", "gateway-parallel", "gateway-sequential", "per-post-six", "per-post")
"""The ways that ask services while the reader waits."""


class Cell(msgspec.Struct, frozen=True):
    way: str
    posts: int
    delay_ms: float
    requests: int
    queries: int
    min_ms: float
    p50_ms: float
    p95_ms: float
    max_ms: float
    rounds: int = 0


class Hop(msgspec.Struct, frozen=True):
    delay_ms: float
    round_trip_ms: float


class Reads(msgspec.Struct, frozen=True):
    posts: list[int]
    delays_ms: list[float]
    ways: list[Named]
    cells: list[Cell]
    network: list[Hop] = []
    method: list[str] = []

    def of(self, way: str, delay: float) -> dict[int, Cell]:
        """The cells of one way by number of posts, in their order."""
        found = {
            cell.posts: cell for cell in self.cells if (cell.way, cell.delay_ms) == (way, delay)
        }
        return {posts: found[posts] for posts in sorted(found)}

    def cell(self, way: str, posts: int, delay: float) -> Cell | None:
        return self.of(way, delay).get(posts)

    def some(self, ways: tuple[str, ...], posts: int, delay: float) -> list[Cell]:
        """Those of these ways that were measured."""
        found = (self.cell(way, posts, delay) for way in ways)
        return [cell for cell in found if cell and cell.p50_ms > 0]

    def ratio(self, way: str, to: str, posts: int, delay: float) -> float | None:
        """None where one of the two was not measured."""
        measured = {cell.way: cell.p50_ms for cell in self.some((way, to), posts, delay)}
        return measured[way] / measured[to] if {way, to} <= measured.keys() else None

    def title(self, way: str) -> str:
        return next((each.title for each in self.ways if each.name == way), way)


@dataclass(frozen=True)
class Sizes:
    """Of the pages and delays that were measured: those that sentences speak of."""

    usual: int
    most: int
    near: float
    far: float

    @classmethod
    def of(cls, reads: Reads) -> "Sizes | None":
        if not reads.posts or not reads.delays_ms:
            return None
        usual = min(reads.posts, key=lambda posts: abs(posts - USUAL))
        return cls(usual, max(reads.posts), min(reads.delays_ms), max(reads.delays_ms))
