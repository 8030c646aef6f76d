"""The pages of staff: how much longer they take where the tables have a hundred times as many rows.

Two copies of the blog, one small and one large, each requested in a process of its own, in turn. It
is processor time that counts, of Django and the database together: so on SQLite alone.
"""

from collections.abc import Iterator
from contextlib import ExitStack

from lab.bench.figures import Figure, Goal
from lab.bench.options import Options, prepared
from lab.children import Child

INSIDE = "lab.bench.inside.growth"
AREA = "Pages of staff among very many rows, processor time"
DATABASE = "sqlite"
FACTOR = 100
EVENTS, QUICK_EVENTS = 1_000_000, 100_000  # in the large log; a tenth as many comments
AGAINST = "with a hundredth of the rows"
GOAL = Goal(2, "most", of="ratio")


def measure(options: Options) -> Iterator[Figure]:
    if DATABASE not in options.databases:
        return
    events = options.pick(EVENTS, QUICK_EVENTS)
    with ExitStack() as stack:
        both: list[Child] = []
        for size in (events, events // FACTOR):
            box = stack.enter_context(prepared(DATABASE))
            box.run(INSIDE, "fill", size)
            both.append(stack.enter_context(box.child(INSIDE, "ask")))
        large, small = both
        pages, _ = large.receive(), small.receive()
        rounds = [(_ask(large), _ask(small)) for _ in range(options.rounds)]
    for page in pages:
        ours, theirs = ([each[page] for each in some] for some in zip(*rounds, strict=True))
        yield Figure(AREA, page, DATABASE, "ms", ours, GOAL, theirs=theirs, against=AGAINST)


def _ask(child: Child) -> dict[str, float]:
    """The milliseconds of each page, by its name."""
    child.go()
    taken: dict[str, float] = child.receive()
    return taken
