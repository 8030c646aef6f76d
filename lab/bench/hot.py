"""The list of posts where one post of it has very many comments, against one that has a few."""

from collections.abc import Iterator
from contextlib import ExitStack

from lab.bench.figures import Figure, Goal, in_rounds
from lab.bench.options import Options, prepared
from lab.children import Child

AREA = "Processor time where one post on the page has very many comments, Django and SQLite"
INSIDE = "lab.bench.inside.hot"
MANY, QUICK_MANY, FEW = 100_000, 10_000, 1_000
GOAL = Goal(1.5, "most", "ratio")


def measure(options: Options) -> Iterator[Figure]:
    """On SQLite: its work is done by our process, so that processor time has all of it."""
    if "sqlite" not in options.databases:
        return
    many = options.pick(MANY, QUICK_MANY)
    with ExitStack() as stack:
        children = {}
        for comments in (FEW, many):
            box = stack.enter_context(prepared("sqlite"))
            box.run(INSIDE, "fill", comments)
            children[comments] = stack.enter_context(box.child(INSIDE, "ask"))
        both = [child.receive() for child in children.values()]
        for page in both[0]:
            runs = {str(n): lambda c=child, p=page: _ask(c, p) for n, child in children.items()}
            samples = in_rounds(runs, options.rounds)
            ours, theirs, against = samples[str(many)], samples[str(FEW)], f"with {FEW:,}"
            what = f"{page}, one post with {many:,} comments"
            yield Figure(AREA, what, "sqlite", "ms", ours, GOAL, "", theirs, against)


def _ask(child: Child, page: str) -> float:
    """Milliseconds of processor time."""
    child.order(page)
    return float(child.receive())
