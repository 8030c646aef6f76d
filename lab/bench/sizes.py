"""What the same piece of work costs as the blog and its log grow, on SQLite: flat is the goal.

Processor time of one process, Django and the database together; of a rebuild, time on the clock.
``--events`` is the size of the longest log; the others have a third, a ninth and so on of it. Posts
have about ten comments, and each comment three events.
"""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from statistics import median

from lab.bench.figures import Figure, Goal, in_rounds
from lab.bench.options import INSIDE as TASKS
from lab.bench.options import Options, prepared
from lab.children import Child
from lab.sandbox import Sandbox

AREA = "Cost as the work grows: the same work, as a multiple of what it is in the shortest log"
INSIDE = "lab.bench.inside.sizes"
AXES = "events in the log", "times the cost in the shortest"
STEPS, FACTOR = 4, 3
GOAL = Goal(1.5, "most", "ratio")
MEMORY, REBUILD = "rebuild, peak of its memory", "rebuild, 1,000 events"

Samples = dict[int, list[float]]  # by the size of the log


def measure(options: Options) -> Iterator[Figure]:
    if "sqlite" not in options.databases:
        return
    sizes = [options.events // FACTOR**step for step in reversed(range(STEPS))]
    with ExitStack() as stack:
        boxes, children = {}, {}
        for size in sizes:
            boxes[size] = stack.enter_context(prepared("sqlite"))
            boxes[size].run(INSIDE, "fill", size)
            children[size] = stack.enter_context(boxes[size].child(INSIDE, "work"))
        works = [child.receive() for child in children.values()]
        for what in works[0]:
            yield grown(what, "ms", _in_rounds(what, children, options.rounds))
        for child in children.values():
            child.__exit__()
        yield from _rebuilds(boxes)


def _in_rounds(what: str, children: Mapping[int, Child], rounds: int) -> Samples:
    def run(child: Child) -> float:
        child.order(what)
        return float(child.receive())

    runs = {str(size): lambda child=child: run(child) for size, child in children.items()}
    return {int(size): samples for size, samples in in_rounds(runs, rounds).items()}


def _rebuilds(boxes: Mapping[int, Sandbox]) -> Iterator[Figure]:
    """Once for each size: the longest takes as long as everything else."""
    each, memory = {}, {}
    for size, box in boxes.items():
        events, seconds, peak = box.run(TASKS, "rebuild", size)
        each[size], memory[size] = [seconds / events * 1_000_000], [peak]
    yield grown(REBUILD, "ms", each)
    yield grown(MEMORY, "MB", memory)


def grown(what: str, unit: str, samples: Samples) -> Figure:
    """The longest log against the shortest."""
    shortest, longest = min(samples), max(samples)
    base = median(samples[shortest])
    return Figure(
        AREA,
        what,
        f"sqlite, {longest:,} events",
        unit,
        samples[longest],
        GOAL,
        theirs=samples[shortest],
        against=f"with {shortest:,}",
        curves={"": [(size, median(each) / base) for size, each in samples.items()]},
        axes=AXES,
    )
