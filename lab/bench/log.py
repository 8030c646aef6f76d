"""The stored log: how fast consumers catch up with it, how fast and in how much memory a read
model is rebuilt from it."""

from collections.abc import Iterator

from lab.bench.children import measure
from lab.bench.figures import Figure, ratio
from lab.bench.goals import REBUILD, REBUILD_GROWTH
from lab.bench.options import Options
from lab.bench.sandbox import Sandbox, sandbox

SPEED = "Catching up and rebuilding"
MEMORY = "Peak memory of a rebuild"
LONG = 50_000  # events: below, caches are still being filled
COMMENTS = 5_000  # for those who publish while they catch up


def log(box: Sandbox, options: Options) -> Iterator[Figure]:
    """Events per second are events handled: query listens to two of three."""
    events, stack = options.events, box.database
    measure("filling", events, environment=box.environment)
    rounds = 1 if options.quick else 3

    live = [measure("catching_up", "query", environment=box.environment) for _ in range(rounds)]
    caught_up = Figure(SPEED, f"query, live, {events:,} events", stack, "events/s", _rates(live))
    yield caught_up

    lengths = [events // 4, events // 2] + [events] * rounds
    rebuilds = [measure("rebuilding", length, environment=box.environment) for length in lengths]
    rates = _rates(rebuilds[2:])
    yield Figure(
        area=SPEED,
        what=f"query, rebuild, {events:,} events",
        stack=stack,
        unit="events/s",
        samples=rates,
        goal=REBUILD.get(stack),
        note=f"{ratio(max(rates), caught_up.median)} of live",
    )
    peaks = {
        length: [peak for of, (_, _, peak) in zip(lengths, rebuilds, strict=True) if of == length]
        for length in dict.fromkeys(lengths)
    }
    for length, samples in peaks.items():
        yield Figure(MEMORY, f"{length:,} events", stack, "MB", samples)
    goal = REBUILD_GROWTH if lengths[0] >= LONG else None
    growth = max(peaks[events]) - max(peaks[lengths[0]])
    yield Figure(MEMORY, "growth from a quarter of it", stack, "MB", [growth], goal)


def publishers(database: str, options: Options) -> Iterator[Figure]:
    """Comments that waited while all workers were away: moderation, then comments, which both
    publish, then query."""
    comments = options.some(COMMENTS)
    with sandbox(database) as box:
        measure("commenting", comments, environment=box.environment)
        for name in ("moderation", "comments"):
            said = [measure("catching_up", name, environment=box.environment)]
            what = f"{name}, live, {comments:,} comments waiting"
            yield Figure(SPEED, what, database, "events/s", _rates(said))


def _rates(said: list[tuple[int, float, float]]) -> list[float]:
    return [handled / seconds for handled, seconds, _ in said]
