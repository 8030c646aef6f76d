"""Measures how long the page takes in each way, by its number of posts and the network's delay; and
how the usual page fares under load."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

from comparison.lab import Lab, Report
from comparison.reads.paced import paced
from comparison.reads.results import USUAL_POSTS, Cell, Hop, Reads
from comparison.reads.ways import WAYS, Client, Page, check
from comparison.results import named
from lab.statistics import interleaved, median_interval, milliseconds, percentile, spread


@dataclass(frozen=True)
class Plan:
    """``delays`` in seconds. Rounds: fewer for long pages, within these bounds."""

    posts: tuple[int, ...]
    delays: tuple[float, ...]
    rates: tuple[float, ...]
    seconds: float  # of each rate
    max_rounds: int = 25
    min_rounds: int = 5


QUICK = Plan((10, 40), (0.0, 0.005), rates=(5,), seconds=1, max_rounds=3, min_rounds=3)
FULL = Plan(
    posts=(1, 10, 20, 50, 100, 200, 500, 1_000),
    delays=(0.0, 0.001, 0.005),
    rates=(5, 10, 20, 40, 80),
    seconds=4,
)


def measure(lab: Lab, quick: bool, report: Report) -> Reads:
    plan = QUICK if quick else FULL
    report("reads: starting the processes, filling the databases")
    stack = lab.reading(max(plan.posts))
    cells: list[Cell] = []
    network = []
    for delay in plan.delays:
        client = Client(lab.network, stack.addresses, delay)
        network.append(Hop(milliseconds(delay), milliseconds(client.round_trip())))
        for posts in plan.posts:
            report(f"reads: {milliseconds(delay):g} ms a hop, pages of {posts}")
            rounds = max(plan.min_rounds, min(plan.max_rounds, 2_000 // posts))
            cells += _cells(client, posts, rounds)
    report(f"reads: {USUAL_POSTS} posts, up to {max(plan.rates):g} pages a second")
    client = Client(lab.network, stack.addresses)
    under_load = paced(client, WAYS, USUAL_POSTS, plan.rates, plan.seconds)
    delays_ms = [hop.delay_ms for hop in network]
    return Reads(list(plan.posts), delays_ms, named(WAYS), cells, network, under_load)


def _cells(client: Client, posts: int, rounds: int) -> list[Cell]:
    body = client.agreed(posts)
    runs = {way.name: partial(client.read, way, posts) for way in WAYS}
    pages: dict[str, list[Page]] = defaultdict(list)
    for name, _, page in interleaved(runs, rounds):
        check(page, body, posts)
        pages[name].append(page)
    return [
        Cell(
            way=way.name,
            posts=posts,
            delay_ms=milliseconds(client.delay),
            bytes=len(body),
            rounds=rounds,
            **asdict(way.takes(posts)),  # it was checked that it does
            waited_ms=milliseconds(percentile([page.calls.waited for page in its], 50)),
            **_interval(times),
            **spread(times),
        )
        for way in WAYS
        for its in [pages[way.name]]
        for times in [[page.seconds for page in its]]
    ]


def _interval(seconds: Sequence[float]) -> dict[str, Any]:
    low, high, _ = median_interval(seconds)
    return {"p50_low_ms": milliseconds(low), "p50_high_ms": milliseconds(high)}
