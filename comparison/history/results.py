"""Part 2, as ``comparison.history`` leaves it."""

import msgspec

from comparison.results import Named


class Cell(msgspec.Struct, frozen=True):
    """``written``: statements in the newcomer's own database; ``queries``: in all others."""

    way: str
    posts: int
    delay_ms: float
    p50_ms: float
    requests: int = 0
    queries: int = 0
    written: int = 0
    rows: int = 0
    records: int = 0
    bytes: int | None = None
    rounds: int = 0
    p95_ms: float | None = None


class Code(msgspec.Struct, frozen=True):
    """Lines, in the newcomer and in the others, for the past alone and for what comes; and those
    of the event store, which all share. ``columns`` of the others are known to the newcomer."""

    way: str
    newcomer_past: int
    others_past: int
    newcomer_live: int = 0
    others_live: int = 0
    store: int = 0
    columns: list[str] = []


class Outage(msgspec.Struct, frozen=True):
    """``share`` of all rows, that the way brought while the target was down."""

    way: str
    target: str
    share: float
    error: str = ""


class Outages(msgspec.Struct, frozen=True):
    targets: list[Named]
    cells: list[Outage]

    def share(self, way: str, target: str) -> float | None:
        wanted = (way, target)
        return next((c.share for c in self.cells if (c.way, c.target) == wanted), None)


class Copy(msgspec.Struct, frozen=True):
    """A copy made while others write: what is wrong with it afterwards, in rows."""

    way: str
    listens: str
    written: int
    missing: int
    stale: int
    ghosts: int
    ms: float | None = None

    @property
    def wrong(self) -> int:
        return self.missing + self.stale + self.ghosts


class Moving(msgspec.Struct, frozen=True):
    cells: list[Copy]
    posts: int = 0
    delay_ms: float = 0.0


class Said(msgspec.Struct, frozen=True):
    """Of one type of event: how often it was said, and how much of that a copy shows."""

    type: str
    said: int
    in_copy: int


class History(msgspec.Struct, frozen=True):
    ways: list[Named]
    posts: list[int]
    delays_ms: list[float]
    cells: list[Cell]
    code: list[Code] = []
    outages: Outages | None = None
    moving: Moving | None = None
    facts: list[Said] = []
    method: list[str] = []

    def cell(self, way: str, posts: int, delay: float) -> Cell | None:
        wanted = (way, posts, delay)
        return next((c for c in self.cells if (c.way, c.posts, c.delay_ms) == wanted), None)

    def code_of(self, way: str) -> Code | None:
        return next((code for code in self.code if code.way == way), None)
