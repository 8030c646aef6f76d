"""The results of this part: what each architecture (a column) costs, as JSON-ready structs."""

from collections.abc import Iterable
from typing import TypeVar

import msgspec

from comparison.results import Named, find, title_of


class Column(Named, frozen=True):
    short: str = ""


class Plan(msgspec.Struct, frozen=True):
    """How much is measured: requests of each kind in a round; ``rates`` of comments a second, each
    for ``seconds``; ``rest``: seconds in which nothing happens."""

    posts: int
    rounds: int
    writes: int
    followed: int
    reads: int
    rates: list[float]
    seconds: float
    rest: float


class Row(msgspec.Struct, frozen=True):
    """Figures of one column, by its name."""

    column: str


R = TypeVar("R", bound=Row)


class Latency(Row, frozen=True):
    p50_ms: float
    p95_ms: float | None = None
    p99_ms: float | None = None
    count: int = 0
    samples_ms: list[float] = []


class Read(Latency, frozen=True, kw_only=True):
    kind: str
    writes_per_second: float = 0.0


class Stale(Row, frozen=True):
    """While ``rate`` comments a second were due. ``p…_ms``: from a comment's response until its
    final status was seen; ``since_due_p…_ms``: the same from when it was due; ``write_p…_ms``:
    from then to the response. ``reached``: the writes were sent as fast as they were due."""

    rate: float
    achieved: float
    p50_ms: float | None = None
    p95_ms: float | None = None
    reached: bool = True
    kept_up: bool = True
    sent: int = 0
    failed: int = 0
    shown: int = 0
    since_due_p50_ms: float | None = None
    since_due_p95_ms: float | None = None
    write_p50_ms: float | None = None
    write_p95_ms: float | None = None
    cpu_percent: float | None = None


class Staleness(msgspec.Struct, frozen=True):
    cells: list[Stale] = []
    rates: list[float] = []
    seconds: float = 0.0


class Cpu(Row, frozen=True):
    """Beyond what the processes take at rest, which is ``idle_percent`` of one core."""

    write_ms: float | None = None
    read_ms: float | None = None
    read_afresh_ms: float | None = None
    idle_percent: float | None = None


class Process(msgspec.Struct, frozen=True):
    """``name`` is its program's, with a number if that started it: ``web, child 1``."""

    name: str
    bytes: int
    uss_bytes: int = 0
    rss_bytes: int = 0


class Memory(Row, frozen=True):
    """Of all its processes; ``kind`` is the kernel's figure: PSS or USS."""

    bytes: int
    kind: str = ""
    processes: list[Process] = []


class Running(Row, frozen=True):
    """``programs`` are started by somebody; their children are among the ``processes``."""

    processes: int
    databases: int = 0
    connections: int = 0
    programs: int = 0


class Texts(msgspec.Struct, frozen=True, kw_only=True):
    """How many values have a post's or a comment's text in them, and the bytes of these texts."""

    post_texts: int = 0
    comment_texts: int = 0
    text_bytes: int = 0
    bytes: int | None = None  # tables with their indexes; None where the database does not know


class StoredTable(Texts, frozen=True, kw_only=True):
    table: str
    rows: int = 0


class StoredDatabase(Texts, frozen=True, kw_only=True):
    alias: str
    tables: list[StoredTable] = []


class Stored(Row, frozen=True):
    """``times_comment``: how often the text of a comment is stored; ``times_post`` likewise."""

    bytes: int | None = None
    text_bytes: int = 0
    times_comment: float | None = None
    times_post: float | None = None
    databases: list[StoredDatabase] = []


class StoredOf(msgspec.Struct, frozen=True):
    """A blog with ``text_bytes`` of text, ``of_comments_bytes`` of them in comments."""

    cells: list[Stored] = []
    posts: int = 0
    comments: int = 0
    text_bytes: int = 0
    of_comments_bytes: int = 0


class File(msgspec.Struct, frozen=True):
    path: str
    lines: int


class Files(msgspec.Struct, frozen=True):
    lines: int = 0
    files: list[File] = []


class FileGroup(Files, frozen=True, kw_only=True):
    """Files with one purpose, and the columns that need them."""

    name: str
    title: str
    columns: list[str]


class Lines(Row, frozen=True):
    lines: int
    files: int = 0


class LinesOf(msgspec.Struct, frozen=True):
    """``plain``: the one application that is measured, which is a part of what a whole one is."""

    cells: list[Lines] = []
    groups: list[FileGroup] = []
    plain: Files = Files()


class Touched(Row, frozen=True):
    """The files that name the fields of a comment."""

    count: int
    files: list[str] = []


class TouchedOf(msgspec.Struct, frozen=True):
    cells: list[Touched] = []
    fields: list[str] = []


class Cost(msgspec.Struct, frozen=True):
    columns: list[Column]
    plan: Plan | None = None
    write: list[Latency] = []
    end_to_end: list[Latency] = []
    staleness: Staleness = Staleness()
    read_kinds: list[Named] = []
    reads: list[Read] = []
    cpu: list[Cpu] = []
    memory: list[Memory] = []
    running: list[Running] = []
    stored: StoredOf = StoredOf()
    code: LinesOf = LinesOf()
    touched: TouchedOf = TouchedOf()
    method: list[str] = []

    def title(self, column: str) -> str:
        return title_of(column, self.columns)


def of(rows: Iterable[R], column: str) -> R | None:
    """The row of this column."""
    return find(rows, column=column)
