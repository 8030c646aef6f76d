"""The results of this part: what each architecture (a column) costs, as JSON-ready structs."""

from typing import Any

from msgspec import Struct

from comparison.results import Named, title_of


class Column(Named, frozen=True):
    short: str = ""


class Row(Struct, frozen=True):
    """Figures of one column, by its name."""

    column: str


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


class Staleness(Struct, frozen=True):
    cells: list[Stale] = []
    rates: list[float] = []
    seconds: float = 0.0


class Cpu(Row, frozen=True):
    """Beyond what the processes take at rest, which is ``idle_percent`` of one core."""

    write_ms: float | None = None
    read_ms: float | None = None
    read_afresh_ms: float | None = None
    idle_percent: float | None = None


class Process(Struct, frozen=True):
    """``name`` is its program's, with a number if that started it: ``web, child 1``."""

    name: str
    bytes: int
    uss_bytes: int = 0
    rss_bytes: int = 0


class Memory(Row, frozen=True):
    """``kind`` is the kernel's figure: PSS or USS."""

    bytes: int
    kind: str = ""
    processes: list[Process] = []


class Running(Row, frozen=True):
    """``programs`` are started by somebody; their children are among the ``processes``."""

    processes: int
    databases: int = 0
    connections: int = 0
    programs: int = 0


class Texts(Struct, frozen=True, kw_only=True):
    """How many values have a post's or a comment's text in them, and the bytes of these texts;
    ``bytes`` of the tables with their indexes, None where the database does not know."""

    post_texts: int = 0
    comment_texts: int = 0
    text_bytes: int = 0
    bytes: int | None = None


class StoredTable(Texts, frozen=True, kw_only=True):
    table: str
    rows: int = 0


class StoredDatabase(Texts, frozen=True, kw_only=True):
    alias: str
    tables: list[StoredTable] = []


class Stored(Row, frozen=True):
    """``times_…``: how often the text of a comment or a post is stored."""

    bytes: int | None = None
    text_bytes: int = 0
    times_comment: float | None = None
    times_post: float | None = None
    databases: list[StoredDatabase] = []


class StoredOf(Struct, frozen=True):
    """A blog with ``text_bytes`` of text, ``of_comments_bytes`` of them in comments."""

    cells: list[Stored] = []
    posts: int = 0
    comments: int = 0
    text_bytes: int = 0
    of_comments_bytes: int = 0


class File(Struct, frozen=True):
    path: str
    lines: int


class Files(Struct, frozen=True):
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


class LinesOf(Struct, frozen=True):
    """``plain``: the one application that is measured, which is a part of what a whole one is."""

    cells: list[Lines] = []
    groups: list[FileGroup] = []
    plain: Files = Files()


class Touched(Row, frozen=True):
    """The files that name the fields of a comment."""

    count: int
    files: list[str] = []


class TouchedOf(Struct, frozen=True):
    cells: list[Touched] = []
    fields: list[str] = []


class Cost(Struct, frozen=True):
    columns: list[Column]
    plan: dict[str, Any] = {}
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
