"""Claims about outages and slow calls, and the figures that they are held against."""

import math

from comparison.claims import Rule, Values, Verdict, graded
from comparison.faults.results import Faults, SlowCalls
from comparison.formats import SLOTS

CALLING = ("per-post", "per-post-six", "gateway-sequential", "gateway-parallel", "gateway-batched")
DEVIATIONS, MOST_ROWS = 3.0, 0.9


def lead(faults: Faults) -> str:
    """How many ways stand while each target is down."""
    ways = tuple(way.name for way in faults.ways)
    stand = [
        f"{target.title}, {sum(share == 1 for share in shares)}"
        for target in faults.targets
        if (shares := faults.shares(ways, target.name))
    ]
    if not stand:
        return ""
    return (
        f"Of {len(ways)} ways, so many still bring every page while this is down: "
        f"{'; '.join(stand)}."
    )


def _couples(faults: Faults) -> Values:
    shares = {name: faults.shares(CALLING, name) for name in ("posts", "comments")}
    down = [
        f"with {name} down, {found.count(0)} of {len(found)} ways brought no page at all"
        for name, found in shares.items()
        if found
    ]
    failing = faults.shares(CALLING, "comments", "failing")
    return {
        "down": down or None,
        "shares": [*shares["posts"], *shares["comments"]],
        "failing": next((mode for mode in faults.modes if mode.name == "failing"), None),
        "low": min(failing, default=None),
        "high": max(failing, default=None),
    }


def _slowest(faults: Faults) -> Values:
    return {
        "mode": next((mode for mode in faults.modes if mode.name == "slow-200"), None),
        "posts": faults.posts,
        "one": faults.cell("gateway-batched", "comments", "slow-200"),
        "turn": faults.cell("per-post", "comments", "slow-200"),
    }


def _stands(faults: Faults) -> Values:
    shares = {name: faults.share("read-model", name) for name in ("posts", "comments")}
    known = {name: each for name, each in shares.items() if each is not None}
    brought = [f"{SLOTS['share'](each)} of pages with {name} down" for name, each in known.items()]
    return {
        "brought": brought or None,
        "least": min(known.values(), default=None),
        "own": faults.share("read-model", "query"),
    }


def _tail(faults: Faults) -> Values:
    rows = faults.slow_calls
    return {
        "most": max(rows, key=lambda row: (row.calls, row.share_of_calls), default=None),
        "rows": len(rows),
        "within": sum(_is_chance(row) for row in rows),
    }


def _is_chance(row: SlowCalls) -> bool:
    """The measured share is no further from the formula's than by three standard deviations of so
    many independent pages, or by one page."""
    pages = max(row.pages, 1)
    deviation = math.sqrt(max(row.formula * (1 - row.formula), 0.0) / pages)
    return abs(row.share - row.formula) <= max(DEVIATIONS * deviation, 1 / pages)


def _adds_up(values: Values) -> Verdict:
    """Calls made one after another are as slow as all slow ones together."""
    add_up = values["turn"].p50_ms > 2 * values["one"].p50_ms
    return Verdict.IN_PART if add_up else Verdict.HOLDS


FINDINGS: tuple[Rule[Faults], ...] = (
    Rule(
        "sync-couples",
        _couples,
        (
            "Of the ways that call services, {down:list}.",
            " With comments {failing.title}, {low:share} to {high:share} of pages came.",
        ),
        lambda v: graded(all(share < 1 for share in v["shares"]), any(s < 1 for s in v["shares"])),
    ),
    Rule(
        "slowest-call",
        _slowest,
        (
            "With comments {mode.title}, a page of {posts:count post} took {one.p50_ms:ms} with "
            "one call, and {turn.p50_ms:ms} with one call after another.",
        ),
        _adds_up,
    ),
    Rule(
        "fast-without-dependencies",
        _stands,
        ("The read model brought {brought:list}.", " With query itself down: {own:share}."),
        lambda v: graded(v["least"] == 1),
    ),
    Rule(
        "tail-at-scale",
        _tail,
        (
            "With {most.share_of_calls:share} of calls slow and {most.calls:count call} to a page, "
            "{most.share:share} of pages were slow; by the formula, {most.formula:share}. {within} "
            "of {rows:count measured share} are as near to it as chance allows for so few pages.",
        ),
        lambda v: graded(v["within"] >= MOST_ROWS * v["rows"], v["within"] > 0),
    ),
)
