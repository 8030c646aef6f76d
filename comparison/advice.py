"""When to choose which: advice that is computed from the figures of all parts.

``advice.toml`` has its sentences; here are the values of their slots, and which of its cases apply.
What was not measured is None or left out.
"""

import tomllib
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from comparison.cost.results import Cost
from comparison.cost.tables import MODULES, ONE, SERVICES, Measure, measures
from comparison.delivery.results import Delivery
from comparison.faults.results import Faults
from comparison.formats import alike, low, ratio, sentences, times
from comparison.history.results import History
from comparison.parts import Values
from comparison.reads.results import CALLING, Reads
from comparison.results import title_of

TEXTS = tomllib.loads(Path(__file__).with_suffix(".toml").read_text())
HEAVY = 1.5  # from this ratio on, a way with a request or a query for each post is advised against
NOTEWORTHY = 1.1  # from this ratio on, a price is named
BATCHED, EVENTS = "requests-batched", "events-caught-up"


@dataclass(frozen=True)
class Advice:
    """``choose`` what, ``when``, and ``because`` of which figures."""

    choose: str
    when: str
    because: str
    family: str


def advice(measured: Mapping[str, Any]) -> list[Advice]:
    """Of the results of each part that was measured, by its name. What was not has no advice."""
    values: dict[str, Any] = {}
    for part, results in measured.items():
        values |= VALUES[part](results)
    found = []
    for text in TEXTS.values():
        for case in text.keys() & values.keys():
            text = text | text[case] if values[case] else text
        if because := sentences(text["because"], values):
            when = sentences(text["when"], values)
            found.append(Advice(text["choose"], when, because, text["family"]))
    return found


def _reads(reads: Reads) -> Values:
    sizes = reads.sizes
    near, far = sizes.near, sizes.far
    join, best = near.best("monolith-join"), near.best("read-model", *CALLING)
    longer = _clear(ratio(best.p50_ms, join.p50_ms)) if join and best else None
    gateway = _clear(far.ratio("gateway-batched", "read-model"))
    near_ratio, far_ratio = (each.ratio("per-post", "gateway-batched") for each in (near, far))
    far_ratio = far_ratio if sizes.far_ms > sizes.near_ms else None
    loop = sizes.largest.ratio("monolith-loop", "monolith-join")
    return {
        **vars(sizes),
        # The join against all ways without a cache that a team would choose.
        "join": join,
        "best": best,
        "best_title": best and title_of(best.way, reads.ways),
        "no_faster": None if longer else "clearly faster",
        "first": longer if longer and longer > 1 else None,
        "last": 1 / longer if longer and longer < 1 else None,
        # One call for all comments, against the read model, over the network with most delay.
        "gateway": gateway,
        "gateway_faster": "it is also the faster one" if gateway and gateway < 1 else None,
        # A request for each post, against one call for all comments.
        "near_ratio": near_ratio,
        "far_ratio": far_ratio,
        "six": far.ratio("per-post", "per-post-six"),
        "requests_add_up": max(near_ratio or 0, far_ratio or 0) >= HEAVY,
        "loop": loop,
        "queries_add_up": (loop or 0) >= HEAVY,
    }


def _clear(ratio: float | None) -> float | None:
    """None where another run might find the other one faster."""
    return None if ratio is None or alike(ratio, 1.0) else ratio


def _history(history: History) -> Values:
    """Stored events against requests in batches."""
    requests, events = history.largest(BATCHED), history.largest(EVENTS)
    slower = ratio(events.p50_ms, requests.p50_ms) if events and requests else None
    code, held = history.code_of(EVENTS), history.share(EVENTS, "posts")
    spared = ["need no code for it"] if code and code.others_past == 0 else []
    spared += ["need not be up"] if held == 1 else []
    return {
        "old_posts": history.most,
        "requests": requests,
        "events": events,
        "slower": slower,
        "requests_faster": slower and slower > 1,
        "requests_held": history.share(BATCHED, "posts"),
        "events_held": held,
        "spared": spared or None,
    }


def _delivery(delivery: Delivery) -> Values:
    """What each way left pending or handled twice, over all faults."""
    harm: Counter[str] = Counter()
    for cell in delivery.cells:
        harm[cell.way] += cell.pending + cell.doubled
    titles = {way.name: low(way.title) for way in delivery.ways if way.name in harm}
    others = [name for name in titles if name != "store"]
    if "store" not in harm or not others:
        return {}
    own, least = harm["store"], min(harm[name] for name in others)
    return {
        "harm": [f"{titles.get(name, name)} {harm[name]:,}" for name in (*others, "store")],
        "best_others": [titles[name] for name in others if harm[name] == least],
        "store_loses_few": 0 < own < least,
        "store_no_better": own >= least,
    }


def _cost(cost: Cost) -> Values:
    """Of modules, against processes of their own, and of services, against one application."""
    measured = measures(cost)
    memory = measured.get("memory")
    more = memory.ratio(SERVICES, MODULES) if memory else None
    changes = {
        key: change
        for key in ("write", "end_to_end", "memory", "processes")
        if key in measured and (change := _clear(measured[key].ratio(SERVICES, ONE)))
    }
    compared = {key: _compared(measured[key], SERVICES, ONE) or "" for key in changes}
    prices = "; ".join(compared[key] for key, change in changes.items() if change > 1)
    gains = "; ".join(compared[key] for key, change in changes.items() if change <= 1)
    return {
        **measured,
        "modules_memory": _compared(memory, MODULES, SERVICES),
        "modules_write": _compared(measured.get("write"), MODULES, SERVICES),
        "memory_is_small": more and more < NOTEWORTHY,
        "does": "that costs" if prices else "it gains",
        "changes": prices or gains or None,
        "gains": gains if prices and gains else None,
        "services_are_cheap": not prices,
    }


def _compared(measure: Measure | None, column: str, to: str) -> str | None:
    """``memory 540 MB instead of 110 MB (4.9 times)``"""
    change = measure.ratio(column, to) if measure else None
    if not measure or not change:
        return None
    more = f" ({times(change)})" if change > NOTEWORTHY else ""
    return f"{measure.noun} {measure.text(column)} instead of {measure.text(to)}{more}"


def _faults(faults: Faults) -> Values:
    """The read model while others are down, against the best of those that call them."""
    own, calling = (
        [share for target in ("posts", "comments") for share in faults.shares(ways, target)]
        for ways in (("read-model",), CALLING)
    )
    return {
        "own_share": min(own, default=None),
        "calling_share": max(calling, default=None),
        "calling_held": own and calling and min(own) <= max(calling),
        "gateway_share": faults.share("gateway-batched", "comments"),
    }


VALUES: dict[str, Callable[[Any], Values]] = {
    "reads": _reads,
    "history": _history,
    "delivery": _delivery,
    "cost": _cost,
    "faults": _faults,
}
