"""Measures how long the page takes in each way, by its number of posts and the network's delay."""

from collections import defaultdict
from dataclasses import asdict, dataclass
from functools import partial

from comparison.lab import Lab, Report
from comparison.reads.results import Cell, Hop, Reads
from comparison.reads.ways import WAYS, Client, Page, check
from comparison.results import named
from lab.statistics import interleaved, milliseconds, percentile, spread


@dataclass(frozen=True)
class Plan:
    """``delays`` in seconds. Rounds: fewer for long pages, within these bounds."""

    posts: tuple[int, ...]
    delays: tuple[float, ...]
    max_rounds: int = 25
    min_rounds: int = 5


QUICK = Plan(posts=(10, 40), delays=(0.0, 0.005), max_rounds=3, min_rounds=3)
FULL = Plan(posts=(1, 10, 20, 50, 100, 200, 500, 1_000), delays=(0.0, 0.001, 0.005))


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
    delays_ms = [hop.delay_ms for hop in network]
    return Reads(list(plan.posts), delays_ms, named(WAYS), cells, network)


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
            **spread([page.seconds for page in its]),
        )
        for way in WAYS
        for its in [pages[way.name]]
    ]
