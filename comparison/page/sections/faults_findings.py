"""What is claimed of outages, beside what was measured."""

import math

from comparison.page.sections.section import Finding, Holds, finding
from comparison.page.shapes.faults import Faults, SlowCalls
from comparison.page.wording import among, ms, several, share

CALLING = ("per-post", "per-post-six", "gateway-sequential", "gateway-parallel", "gateway-batched")
MODEL = "read-model"
DEVIATIONS, MOST = 3.0, 0.9


def lead(faults: Faults) -> str:
    """How many ways stand while posts, or comments, are down."""
    said = []
    for target in faults.targets:
        shares = [faults.share(way.name, target.name) for way in faults.ways]
        measured = [each for each in shares if each is not None]
        if measured:
            stand = sum(each == 1 for each in measured)
            said.append(f"{target.title}, {stand}")
    if not said:
        return ""
    return (
        f"Of {len(faults.ways)} ways, so many still bring every page while this is down: "
        f"{'; '.join(said)}."
    )


def findings(faults: Faults) -> list[Finding]:
    return [*_couples(faults), *_slowest(faults), *_stands(faults), *_tail(faults)]


def _couples(faults: Faults) -> list[Finding]:
    said, fell, asked = [], 0, 0
    for target in ("posts", "comments"):
        shares = _shares(faults, CALLING, target, "down")
        if shares:
            fell += sum(each < 1 for each in shares.values())
            asked += len(shares)
            none = sum(each == 0 for each in shares.values())
            said.append(f"with {target} down, {none} of {len(shares)} ways brought no page at all")
    if not said:
        return []
    failing = _shares(faults, CALLING, "comments", "failing")
    more = ""
    if failing:
        low, high = min(failing.values()), max(failing.values())
        more = f" With comments failing now and then, {share(low)} to {share(high)} of pages came."
    holds: Holds = "holds" if fell == asked else "in part" if fell else "no"
    return finding(
        "sync-couples", f"Of the ways that call services, {' and '.join(said)}.{more}", holds
    )


def _slowest(faults: Faults) -> list[Finding]:
    """Calls made one after another are as slow as all slow ones together."""
    slow = next((mode for mode in faults.modes if mode.name == "slow-200"), None)
    turn = faults.cell("per-post", "comments", "slow-200")
    one = faults.cell("gateway-batched", "comments", "slow-200")
    if not slow or not turn or not one or turn.p50_ms is None or one.p50_ms is None:
        return []
    said = (
        f"With comments {slow.title}, a page of {several(faults.posts, 'post')} took "
        f"{ms(one.p50_ms)} with one call, and {ms(turn.p50_ms)} with one call after another."
    )
    return finding("slowest-call", said, "in part" if turn.p50_ms > 2 * one.p50_ms else "holds")


def _stands(faults: Faults) -> list[Finding]:
    shares = {
        target.title: each
        for target in faults.targets
        if target.name in ("posts", "comments")
        and (each := faults.share(MODEL, target.name)) is not None
    }
    if not shares:
        return []
    said = among([f"{share(each)} of pages with {name} down" for name, each in shares.items()])
    own = faults.share(MODEL, "query")
    own_said = f" With query itself down: {share(own)}." if own is not None else ""
    holds: Holds = "holds" if min(shares.values()) == 1 else "no"
    return finding("fast-without-dependencies", f"The read model brought {said}.{own_said}", holds)


def _tail(faults: Faults) -> list[Finding]:
    rows = faults.slow_calls
    if not rows:
        return []
    most = max(rows, key=lambda row: (row.calls, row.share_of_calls))
    within = sum(_is_chance(row) for row in rows)
    said = (
        f"With {share(most.share_of_calls)} of calls slow and {several(most.calls, 'call')} to a "
        f"page, {share(most.share)} of pages were slow; the formula says {share(most.formula)}. "
        f"{within} of {several(len(rows), 'measured share')} lie as near to it as chance lets so "
        "few pages be."
    )
    holds: Holds = "holds" if within >= MOST * len(rows) else "in part" if within else "no"
    return finding("tail-at-scale", said, holds)


def _is_chance(row: SlowCalls) -> bool:
    """The measured share is no further from the formula's than by three standard deviations of so
    many independent pages, or by one page."""
    pages = max(row.pages, 1)
    deviation = math.sqrt(max(row.formula * (1 - row.formula), 0.0) / pages)
    return abs(row.share - row.formula) <= max(DEVIATIONS * deviation, 1 / pages)


def _shares(faults: Faults, ways: tuple[str, ...], target: str, mode: str) -> dict[str, float]:
    found = {way: faults.share(way, target, mode) for way in ways}
    return {way: each for way, each in found.items() if each is not None}
