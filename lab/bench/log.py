"""The event log: how fast it is appended to, caught up with, and a read model rebuilt from it."""

from collections.abc import Iterator
from contextlib import ExitStack

from lab.bench.figures import Figure, Goal
from lab.bench.options import INSIDE, Options, prepared
from lab.children import Child
from lab.sandbox import Sandbox

APPENDS = "Appends through services, outbox and relay"
SPEED = "Catching up and rebuilding"
MEMORY = "Peak memory of a rebuild"

REBUILD = {"sqlite": Goal(20_000, "least"), "postgresql": Goal(10_000, "least")}  # events/s
REBUILD_GROWTH = Goal(5, "most")  # MB from the shortest log to the longest: the memory is flat

WRITERS = (1, 4)
WRITES = 300  # of a round, of all writers together
FUNCTIONS = {"posts": "create_post", "comments": "create_comment"}
LONG = 50_000  # events: below, caches are still being filled
COMMENTS = 5_000  # for consumers that publish while they catch up

Handled = tuple[int, float, float]  # events, seconds, peak of the memory in MB


def appends(box: Sandbox, options: Options) -> Iterator[Figure]:
    for service, function in FUNCTIONS.items():
        alone: Figure | None = None
        for writers in WRITERS:
            row = f"{function}, {writers} writer process{'es' if writers > 1 else ''}"
            rates = _append_rates(box, service, writers, options)
            figure = Figure(APPENDS, row, box.database, "/s", rates)
            yield figure.with_ratio(alone, "1 writer")
            alone = alone or figure


def _append_rates(box: Sandbox, service: str, writers: int, options: Options) -> list[float]:
    each = options.samples(WRITES) // writers
    with ExitStack() as stack:
        children = [
            stack.enter_context(box.child(INSIDE, "append", service, each, seed))
            for seed in range(writers)
        ]
        for child in children:
            child.receive()
        _append_round(children)  # the first one opens connections
        return [each * writers / _append_round(children) for _ in range(options.rounds)]


def _append_round(children: list[Child]) -> float:
    for child in children:
        child.go()
    times = [child.receive() for child in children]
    return float(max(end for _, end in times) - min(begin for begin, _ in times))


def log(box: Sandbox, options: Options) -> Iterator[Figure]:
    """Events per second are events handled: query subscribes to two of three."""
    events, stack = options.events, box.database
    box.run(INSIDE, "fill", events)
    rounds = 1 if options.quick else 3
    live = [box.run(INSIDE, "catch_up", "query") for _ in range(rounds)]
    caught_up = Figure(SPEED, f"query, live, {events:,} events", stack, "events/s", _rates(live))
    yield caught_up
    rebuilds: dict[int, list[Handled]] = {
        length: [box.run(INSIDE, "rebuild", length) for _ in range(times)]
        for length, times in ((events // 4, 1), (events // 2, 1), (events, rounds))
    }
    rates = _rates(rebuilds[events])
    note = Figure(SPEED, "", stack, "events/s", [max(rates)]).with_ratio(caught_up, "live").note
    row, goal = f"query, rebuild, {events:,} events", REBUILD.get(stack)
    yield Figure(SPEED, row, stack, "events/s", rates, goal, note)
    peaks = {length: [peak for _, _, peak in done] for length, done in rebuilds.items()}
    for length, samples in peaks.items():
        yield Figure(MEMORY, f"{length:,} events", stack, "MB", samples)
    growth = max(peaks[events]) - max(peaks[events // 4])
    growth_goal = REBUILD_GROWTH if events // 4 >= LONG else None
    yield Figure(MEMORY, "growth from a quarter of it", stack, "MB", [growth], growth_goal)


def publishers(database: str, options: Options) -> Iterator[Figure]:
    """Moderation, then comments: both publish while they catch up with comments that waited."""
    comments = options.samples(COMMENTS)
    with prepared(database) as box:
        box.run(INSIDE, "fill_comments", comments)
        for name in ("moderation", "comments"):
            rates = _rates([box.run(INSIDE, "catch_up", name)])
            row = f"{name}, live, {comments:,} comments waiting"
            yield Figure(SPEED, row, database, "events/s", rates)


def _rates(results: list[Handled]) -> list[float]:
    return [handled / seconds for handled, seconds, _ in results]
