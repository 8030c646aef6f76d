"""The parts of a run, in order. A new one is a function that measures, and a line here.

Each yields figures (``figures.py``). A pair is one figure that has ours and theirs, measured in the
same rounds by ``in_rounds``::

    def measure(options: Options) -> Iterator[Figure]:
        for database in options.databases:
            with prepared(database) as box:
                samples = in_rounds({"ours": …, "theirs": …}, options.rounds)
                yield Figure(AREA, "one event a commit", database, "/s", samples["ours"],
                             Goal(1, "least", of="ratio"), theirs=samples["theirs"], against="…")
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from lab.bench import app, appends, growth, hot, log, reads, saturation, sizes, start, writes
from lab.bench.figures import Figure
from lab.bench.options import Options


class Part(NamedTuple):
    """``measure`` is given the options, with the databases that respond. Raises LabFailed.
    ``is_quick``: a quick run has it."""

    name: str
    what: str
    measure: Callable[[Options], Iterator[Figure]]
    is_quick: bool = True


PARTS = (
    Part("reads", "list and page over HTTP, against the in-memory original", reads.measure),
    Part("writes", "comments over HTTP, to their final status, against the same", writes.measure),
    Part("start", "second start, memory and idle CPU, against the same", start.measure),
    Part("hot", "the list where one post has very many comments", hot.measure),
    Part(
        "staff", "admin and APIs of staff with a hundred times as many rows", growth.measure, False
    ),
    Part("appends", "one event, a comment, 100 a commit, against libraries", appends.measure),
    Part("log", "live catch-up, rebuild and its memory", log.log),
    Part(
        "saturation", "latency as more is offered, against the original", saturation.measure, False
    ),
    Part("sizes", "the same work as the log grows to --events", sizes.measure, False),
    Part("app", "SQL queries of a page; memory and idle CPU of each process", app.app, False),
)
