"""Appends per second: what services write goes through their outbox and the relay into the log."""

from collections.abc import Iterator
from contextlib import ExitStack

from lab.bench.children import Child
from lab.bench.figures import Figure, ratio
from lab.bench.options import Options
from lab.bench.sandbox import Sandbox

WRITERS = (1, 4)
EACH = 300  # writes of a round, of all writers together
FUNCTIONS = {"posts": "create_post", "comments": "create_comment"}


def appends(box: Sandbox, options: Options) -> Iterator[Figure]:
    for what, function in FUNCTIONS.items():
        alone = 0.0
        for writers in WRITERS:
            rates = _rates(box, what, writers, options)
            figure = Figure(
                area="Appends through services, outbox and relay",
                what=f"{function}, {writers} writer process{'es' if writers > 1 else ''}",
                stack=box.database,
                unit="/s",
                samples=rates,
            )
            note = f"{ratio(figure.median, alone)} of 1 writer" if alone else ""
            alone = alone or figure.median
            yield Figure(**{**vars(figure), "note": note})


def _rates(box: Sandbox, what: str, writers: int, options: Options) -> list[float]:
    each = options.some(EACH) // writers
    with ExitStack() as stack:
        children = [
            stack.enter_context(
                Child.inside("appending", what, each, seed, environment=box.environment)
            )
            for seed in range(writers)
        ]
        for child in children:
            child.hear()
        _round(children)  # the first one opens connections
        return [each * writers / _round(children) for _ in range(options.rounds)]


def _round(children: list[Child]) -> float:
    """The seconds from the first one's beginning to the last one's end."""
    for child in children:
        child.go()
    times = [child.hear() for child in children]
    return float(max(end for _, end in times) - min(begin for begin, _ in times))
