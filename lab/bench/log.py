"""The event log: how fast it is caught up with, and a read model rebuilt from it."""

from collections.abc import Iterator
from functools import partial

from lab.bench.figures import Figure, Goal, in_rounds
from lab.bench.options import INSIDE, Options, prepared
from lab.sandbox import Sandbox

SPEED = "Catching up and rebuilding"
MEMORY = "Peak memory of a rebuild"

BY_HAND = "by hand"
LIVE_GOAL, REBUILD_GOAL = (Goal(bound, "least", "ratio") for bound in (0.6, 0.7))  # of by hand
REBUILD_GROWTH = Goal(5, "most")  # MB from the shortest log to the longest: the memory is flat

LONG = 50_000  # events: below, caches are still being filled
COMMENTS = 5_000  # for consumers that publish while they catch up

Handled = tuple[int, float, float]  # events, seconds, peak of the memory in MB


def log(options: Options) -> Iterator[Figure]:
    for database in options.databases:
        with prepared(database) as box:
            yield from _log(box, options)
        yield from _publishers(database, options)


def _log(box: Sandbox, options: Options) -> Iterator[Figure]:
    """Events per second are events handled: query subscribes to two of three. By hand the same read
    model is made of the same log with the driver alone: see ``lab.bench.inside.raw``."""
    events, stack, done = options.events, box.database, dict[str, list[Handled]]()

    def rate(task: str, *arguments: object) -> float:
        done.setdefault(task, []).append(box.run(INSIDE, task, *arguments))
        return _rates(done[task][-1:])[0]

    box.run(INSIDE, "fill", events)
    runs = {
        "live": partial(rate, "catch_up", "query"),
        f"live {BY_HAND}": partial(rate, "raw_upserts"),
        "rebuild": partial(rate, "rebuild", events),
        f"rebuild {BY_HAND}": partial(rate, "raw_fold"),
    }
    rates = in_rounds(runs, options.rounds)
    for way, goal in (("live", LIVE_GOAL), ("rebuild", REBUILD_GOAL)):
        row, theirs = f"query, {way}, {events:,} events", rates[f"{way} {BY_HAND}"]
        yield Figure(SPEED, row, stack, "events/s", rates[way], goal, "", theirs, BY_HAND)
    lengths = (events // 4, events // 2)
    rebuilds = {length: [box.run(INSIDE, "rebuild", length)] for length in lengths}
    rebuilds[events] = done["rebuild"]
    peaks = {length: [peak for _, _, peak in runs_of] for length, runs_of in rebuilds.items()}
    for length, samples in peaks.items():
        yield Figure(MEMORY, f"{length:,} events", stack, "MB", samples)
    growth = max(peaks[events]) - max(peaks[events // 4])
    growth_goal = REBUILD_GROWTH if events // 4 >= LONG else None
    yield Figure(MEMORY, "growth from a quarter of it", stack, "MB", [growth], growth_goal)


def _publishers(database: str, options: Options) -> Iterator[Figure]:
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
