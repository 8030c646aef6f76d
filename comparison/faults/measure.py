"""Measures the share of pages that come whole while something is broken, and how long they take;
and the share of pages that are slow where some calls are."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

from comparison.faults.results import Cell, Faults, SlowCalls, formula
from comparison.lab import Lab, Report, Target, outage
from comparison.reads.ways import WAYS, Client
from comparison.results import named
from lab.faults import Fault, injecting
from lab.stack import Stack
from lab.statistics import milliseconds, summary

SEED = 5


@dataclass(frozen=True)
class Mode:
    """``fault`` is None where it is down."""

    name: str
    title: str
    fault: Fault | None


TARGETS = (
    Target("posts", "posts", ("posts",)),
    Target("comments", "comments", ("comments",)),
    Target("query", "query", ("query",)),
    Target("monolith", "the monolith", ("monolith",)),
    Target("gateway", "the gateway", ("gateway",)),
    Target("databases", "the databases of posts and comments", databases=("posts", "comments")),
)
MODES = (
    Mode("down", "down", None),
    Mode("slow-200", "slow: 200 ms", Fault(mode="slow", seconds=0.2, seed=SEED)),
    Mode("slow-2000", "slow: 2 s", Fault(mode="slow", seconds=2.0, seed=SEED)),
    Mode("failing", "failing one time in five", Fault(mode="failing", share=0.2, seed=SEED)),
)
SLOW_WAY = next(way for way in WAYS if way.name == "per-post-six")
"""Each post of its page is a call to comments, and the page waits for all of them."""


@dataclass(frozen=True)
class Curve:
    """``shares`` of calls are slow, by ``seconds``; ``calls`` of a page; so many pages each."""

    shares: tuple[float, ...]
    calls: tuple[int, ...]
    pages: int
    seconds: float


@dataclass(frozen=True)
class Plan:
    """``pages`` for each way, by mode. ``timeout`` of a page in seconds."""

    targets: tuple[str, ...]
    pages: dict[str, int]
    posts: int
    timeout: float
    curve: Curve


QUICK = Plan(
    targets=("posts", "comments", "query"),
    pages={"down": 2, "slow-200": 1, "failing": 8},
    posts=4,
    timeout=3.0,
    curve=Curve(shares=(0.05,), calls=(1, 5, 20), pages=20, seconds=0.15),
)
FULL = Plan(
    targets=tuple(target.name for target in TARGETS),
    pages={"down": 20, "slow-200": 10, "slow-2000": 3, "failing": 100},
    posts=10,
    timeout=10.0,
    curve=Curve(shares=(0.01, 0.05), calls=(1, 2, 5, 10, 20, 50, 100), pages=200, seconds=0.2),
)


def measure(lab: Lab, quick: bool, report: Report) -> Faults:
    plan = QUICK if quick else FULL
    report("faults: starting the processes, filling the databases")
    stack = lab.reading(max(plan.posts, *plan.curve.calls))
    client = Client(lab.network, stack.addresses, timeout=plan.timeout)
    body = client.agreed(plan.posts)
    targets = [target for target in TARGETS if target.name in plan.targets]
    modes = [mode for mode in MODES if mode.name in plan.pages]
    cells: list[Cell] = []
    for target in targets:
        for mode in modes:
            report(f"faults: {target.title}, {mode.title}")
            cells += _cells(client, stack, target, mode, plan, body)
    report("faults: the share of slow pages by the share of slow calls")
    return Faults(
        posts=plan.posts,
        patience_ms=milliseconds(plan.timeout),
        targets=named(targets),
        modes=named(modes),
        ways=named(WAYS),
        cells=cells,
        slow_calls=slow_calls(client, stack.addresses["comments"], plan.curve),
    )


def _cells(
    client: Client, stack: Stack, target: Target, mode: Mode, plan: Plan, body: bytes
) -> Iterator[Cell]:
    """Of each way, during the outage. ``body`` is the whole page."""
    with outage(stack, target, mode.fault) as injected:
        for way in WAYS:
            before = injected().injected
            pages = [client.read(way, plan.posts) for _ in range(plan.pages[mode.name])]
            whole = [page.seconds for page in pages if page.body == body]
            failed = [page.seconds for page in pages if page.body != body]
            yield Cell(
                way=way.name,
                target=target.name,
                mode=mode.name,
                pages=len(pages),
                whole=len(whole),
                share=round(len(whole) / len(pages), 4),
                **summary(whole, 50, 95, 99),
                failed_p50_ms=summary(failed, 50)["p50_ms"],
                injected=injected().injected - before,
            )


def slow_calls(client: Client, comments: str, curve: Curve) -> list[SlowCalls]:
    """A row for each share and number of calls. A page is slow where one of its calls took as long
    as a slow one does, as seen from the outside: not where we know that a fault was injected.
    ``comments`` is the address of that process."""
    rows = []
    for share, calls in product(curve.shares, curve.calls):
        fault = Fault(mode="slow", seconds=curve.seconds, share=share, seed=calls)
        with injecting([comments], fault) as counted:
            pages = [client.read(SLOW_WAY, calls) for _ in range(curve.pages)]
            injected = counted()
        slow = sum(page.calls.longest >= curve.seconds for page in pages)
        rows.append(
            SlowCalls(
                way=SLOW_WAY.name,
                share_of_calls=share,
                calls=calls,
                slow_by_ms=milliseconds(curve.seconds),
                pages=len(pages),
                slow=slow,
                share=round(slow / len(pages), 4),
                formula=round(formula(share, calls), 4),
                met=injected.seen,
                injected=injected.injected,
                **summary([page.seconds for page in pages], 50, 95, 99),
            )
        )
    return rows
