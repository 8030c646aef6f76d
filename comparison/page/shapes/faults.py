"""Part 5, as ``comparison.faults.measuring`` leaves it."""

import msgspec

from comparison.page.shapes.named import Named


class Cell(msgspec.Struct, frozen=True):
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


class SlowCalls(msgspec.Struct, frozen=True):
    """Pages that make so many ``calls``, a share of which is slow: how many pages were slow."""

    share_of_calls: float
    calls: int
    slow_by_ms: float
    pages: int
    slow: int
    share: float
    formula: float
    met: int = 0
    injected: int = 0
    p50_ms: float | None = None
    p99_ms: float | None = None


class Faults(msgspec.Struct, frozen=True):
    posts: int
    patience_ms: float
    targets: list[Named]
    modes: list[Named]
    ways: list[Named]
    cells: list[Cell]
    slow_calls: list[SlowCalls] = []
    method: list[str] = []

    def cell(self, way: str, target: str, mode: str) -> Cell | None:
        wanted = (way, target, mode)
        return next((c for c in self.cells if (c.way, c.target, c.mode) == wanted), None)

    def share(self, way: str, target: str, mode: str = "down") -> float | None:
        found = self.cell(way, target, mode)
        return found.share if found else None
