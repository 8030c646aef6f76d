"""Part 4, as ``comparison.cost`` leaves it. A column is one of the architectures."""

from collections.abc import Iterable
from typing import TypeVar

import msgspec

from comparison.results import Named


class Row(msgspec.Struct, frozen=True):
    column: str


R = TypeVar("R", bound=Row)


class Latency(Row, frozen=True):
    p50_ms: float
    p95_ms: float | None = None
    p99_ms: float | None = None
    count: int = 0


class Read(Latency, frozen=True, kw_only=True):
    kind: str
    writes_per_second: float = 0.0


class Stale(Row, frozen=True):
    """``reached`` is false where the writes could not be paced at that rate."""

    rate: float
    achieved: float
    p50_ms: float | None = None
    p95_ms: float | None = None
    reached: bool = True
    kept_up: bool = True
    sent: int = 0
    shown: int = 0
    write_p50_ms: float | None = None
    cpu_percent: float | None = None


class Staleness(msgspec.Struct, frozen=True):
    cells: list[Stale]


class Cpu(Row, frozen=True):
    write_ms: float | None = None
    read_ms: float | None = None
    read_afresh_ms: float | None = None
    idle_percent: float | None = None


class Memory(Row, frozen=True):
    """Of all its processes; ``kind`` says which of the kernel's figures, as PSS."""

    bytes: int
    kind: str = ""


class Running(Row, frozen=True):
    processes: int
    databases: int = 0
    connections: int = 0
    programs: int = 0


class Stored(Row, frozen=True):
    """``times_comment``: how often the text of a comment is kept."""

    bytes: int | None = None
    text_bytes: int = 0
    times_comment: float | None = None
    times_post: float | None = None


class StoredOf(msgspec.Struct, frozen=True):
    cells: list[Stored]
    posts: int = 0
    comments: int = 0


class Lines(Row, frozen=True):
    lines: int
    files: int = 0


class LinesOf(msgspec.Struct, frozen=True):
    cells: list[Lines]


class Touched(Row, frozen=True):
    """How many files there are in which a field of a comment is named."""

    count: int
    files: list[str] = []


class TouchedOf(msgspec.Struct, frozen=True):
    cells: list[Touched]
    fields: list[str] = []


class Cost(msgspec.Struct, frozen=True):
    columns: list[Named]
    write: list[Latency] = []
    end_to_end: list[Latency] = []
    staleness: Staleness | None = None
    reads: list[Read] = []
    read_kinds: list[Named] = []
    cpu: list[Cpu] = []
    memory: list[Memory] = []
    running: list[Running] = []
    stored: StoredOf | None = None
    code: LinesOf | None = None
    touched: TouchedOf | None = None
    method: list[str] = []


def of(rows: Iterable[R], column: str) -> R | None:
    """The row of this column."""
    return next((row for row in rows if row.column == column), None)
