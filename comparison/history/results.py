"""The schema of how a new service gets the history, for writing and for reading it."""

from typing import Literal

from msgspec import Struct, field

from comparison.results import Named, find

Side = Literal["newcomer_past", "others_past", "newcomer_live", "others_live", "store"]
"""Who has the code: the new service, the others, or the event store; and whether it is there for
the past alone, or also needed for new events."""


class Blog(Struct, frozen=True, kw_only=True):
    """All ``events`` about its rows, and those that query has ``subscribed`` to."""

    posts: int
    comments: int
    subscribed: int = field(name="heard")
    events: int

    @property
    def rows(self) -> int:
        return self.posts + self.comments


class Cell(Struct, frozen=True, kw_only=True):
    """``written``: statements in the new service's own database; ``queries``: in all others.
    ``records``: rows or events that it got, ``bytes`` of them."""

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
    rows_per_second: float | None = None
    rounds: int = 0
    min_ms: float | None = None
    p95_ms: float | None = None
    max_ms: float | None = None
    samples_ms: list[float] = []


class Piece(Struct, frozen=True):
    """The file ``path``, or what has these ``names`` in it (``code.toml``)."""

    side: Side
    path: str
    names: tuple[str, ...] = ()
    lines: int = 0


class Code(Struct, frozen=True, kw_only=True):
    """Lines of code by ``Side``, and the ``columns`` of the others that the way depends on."""

    way: str
    own_past: int = field(name="newcomer_past")
    others_past: int
    own_live: int = field(name="newcomer_live", default=0)
    others_live: int = 0
    store: int = 0
    columns: list[str] = []
    pieces: list[Piece] = []

    @property
    def past(self) -> int:
        return self.own_past + self.others_past


class Outage(Struct, frozen=True, kw_only=True):
    """``share`` of all rows that the way got; ``injected``: statements that failed."""

    way: str
    target: str
    share: float
    posts: int = 0
    comments: int = 0
    injected: int = 0
    error: str = ""


class Outages(Struct, frozen=True, kw_only=True):
    posts: int = 0
    comments: int = 0
    targets: list[Named] = []
    cells: list[Outage] = []


class Copy(Struct, frozen=True, kw_only=True):
    """A copy amid ``written`` writes: rows that are wrong when it has ``handled`` the events since.
    ``subscribed`` to these ``before`` or ``after`` the copy, or ``always``: it is made of them."""

    way: str
    subscribed: str = field(name="listens")
    written: int
    added: int = 0
    edited: int = 0
    deleted: int = 0
    handled: int = field(name="heard", default=0)
    missing: int
    stale: int
    ghosts: int
    ms: float | None = None

    @property
    def wrong(self) -> int:
        return self.missing + self.stale + self.ghosts


class AmidWrites(Struct, frozen=True, kw_only=True):
    posts: int = 0
    cells: list[Copy] = []


class Fact(Struct, frozen=True, kw_only=True):
    """Events of one type: how many were published, and of how many the content is in a copy."""

    type: str
    published: int = field(name="said")
    in_copy: int


class History(Struct, frozen=True):
    ways: list[Named]
    posts: list[int]
    delays_ms: list[float]
    cells: list[Cell]
    blogs: list[Blog] = []
    code: list[Code] = []
    outages: Outages = Outages()
    amid_writes: AmidWrites = field(name="moving", default=AmidWrites())
    facts: list[Fact] = []
    method: list[str] = []

    @property
    def most(self) -> int:
        """Posts of the largest blog."""
        return max(self.posts, default=0)

    def cell(self, way: str, posts: int, delay: float) -> Cell | None:
        return find(self.cells, way=way, posts=posts, delay_ms=delay)

    def largest(self, way: str) -> Cell | None:
        """That of the largest blog, with the shortest delay."""
        return self.cell(way, self.most, min(self.delays_ms, default=0.0))

    def code_of(self, way: str) -> Code | None:
        return find(self.code, way=way)

    def share(self, way: str, target: str) -> float | None:
        return getattr(find(self.outages.cells, way=way, target=target), "share", None)
