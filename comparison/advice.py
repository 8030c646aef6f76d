"""When to choose which: advice that is computed from the figures of all parts.

``advice.toml`` has its sentences; each function here has the values of their slots, and names the
``case`` that applies where it is not the usual one. What was not measured is None or left out.
"""

import tomllib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import msgspec

from comparison.claims import Values
from comparison.cost.results import Cost
from comparison.cost.tables import MODULES, ONE, SERVICES, Measure, measures
from comparison.delivery.results import Delivery
from comparison.faults.results import Faults
from comparison.formats import alike, low, ratio, sentences, times
from comparison.history.results import History
from comparison.reads.results import CALLING, Reads

TEXTS = tomllib.loads(Path(__file__).with_suffix(".toml").read_text())
HEAVY = 1.5
"""From this ratio on, a way with a request or a query for each post is advised against."""
NOTEWORTHY = 1.1
"""From this ratio on, a price is named."""
BATCHED, EVENTS = "requests-batched", "events-caught-up"


class Figures(msgspec.Struct, frozen=True):
    """The results of each part; empty where it was not measured."""

    reads: Reads = Reads([], [], [], [])
    history: History = History([], [], [], [])
    delivery: Delivery = Delivery([], [], [])
    cost: Cost = Cost([])
    faults: Faults = Faults(0, 0.0, [], [], [], [])

    @property
    def measures(self) -> dict[str, Measure]:
        return measures(self.cost)


@dataclass(frozen=True)
class Advice:
    """``choose`` what, ``when``, and ``because`` of which figures."""

    choose: str
    when: str
    because: str
    family: str


def advice(figures: Figures) -> list[Advice]:
    """What was not measured has no advice."""
    found = []
    for name, values_of in VALUES.items():
        values = values_of(figures)
        text = TEXTS[name] | TEXTS[name].get(values.get("case"), {})
        if because := sentences(text["because"], values):
            when = sentences(text["when"], values)
            found.append(Advice(text["choose"], when, because, text["family"]))
    return found


def _monolith(figures: Figures) -> Values:
    """The join against all ways without a cache that a team would choose."""
    sizes = figures.reads.sizes
    join, best = sizes.near.best("monolith-join"), sizes.near.best("read-model", *CALLING)
    if not join or not best:
        return {}
    longer = best.p50_ms / join.p50_ms
    near = alike(longer, 1.0)
    return {
        **figures.measures,
        "posts": sizes.posts,
        "join": join,
        "best": best,
        "name": figures.reads.title(best.way),
        "near": "clearly faster" if near else None,
        "first": longer if longer > 1 and not near else None,
        "last": 1 / longer if longer < 1 and not near else None,
    }


def _modules(figures: Figures) -> Values:
    """The same boundaries in one web process, against processes of their own."""
    memory, write = figures.measures.get("memory"), figures.measures.get("write")
    more = memory.ratio(SERVICES, MODULES) if memory else None
    return {
        "memory": _compared(memory, MODULES, SERVICES),
        "write": _compared(write, MODULES, SERVICES),
        "case": "small" if more and more < NOTEWORTHY else None,
    }


def _services(figures: Figures) -> Values:
    """What each figure becomes, against one application."""
    changed = {
        _compared(measure, SERVICES, ONE): change
        for key in ("write", "end_to_end", "memory", "processes")
        if (measure := figures.measures.get(key))
        and (change := measure.ratio(SERVICES, ONE))
        and not alike(change, 1.0)
    }
    prices = "; ".join(words for words, change in changed.items() if words and change > 1)
    gains = "; ".join(words for words, change in changed.items() if words and change < 1)
    if not prices:
        return {"does": "it gains", "changes": gains or None, "case": "cheap"}
    return {"does": "that costs", "changes": prices, "gains": gains or None}


def _compared(measure: Measure | None, column: str, to: str) -> str | None:
    """``memory 540 MB instead of 110 MB (4.9 times)``"""
    change = measure.ratio(column, to) if measure else None
    if not measure or not change:
        return None
    more = f" ({times(change)})" if change > NOTEWORTHY else ""
    return f"{measure.noun} {measure.text(column)} instead of {measure.text(to)}{more}"


def _read_model(figures: Figures) -> Values:
    """What it brings while others are down, against the best of those that call them."""
    own, calling = (
        [share for target in ("posts", "comments") for share in figures.faults.shares(ways, target)]
        for ways in (("read-model",), CALLING)
    )
    return {
        **figures.measures,
        "own": min(own, default=None),
        "calling": max(calling, default=None),
        "case": "no-better" if own and calling and min(own) <= max(calling) else None,
    }


def _gateway(figures: Figures) -> Values:
    """One call for all comments, against the read model, over the network with most delay."""
    sizes = figures.reads.sizes
    longer = sizes.far.ratio("gateway-batched", "read-model") or 1.0
    return {
        **vars(sizes),
        "longer": None if alike(longer, 1.0) else longer,
        "faster": "it is also the faster one" if longer < 1 and not alike(longer, 1.0) else None,
        "down": figures.faults.share("gateway-batched", "comments"),
    }


def _stored_events(figures: Figures) -> Values:
    """What each way left pending or handled twice, over all faults."""
    harm: Counter[str] = Counter()
    for cell in figures.delivery.cells:
        harm[cell.way] += cell.pending + cell.doubled
    titles = {way.name: low(way.title) for way in figures.delivery.ways if way.name in harm}
    others = [name for name in titles if name != "store"]
    if "store" not in harm or not others:
        return {}
    own, least = harm["store"], min(harm[name] for name in others)
    return {
        "harm": [f"{titles.get(name, name)} {harm[name]:,}" for name in (*others, "store")],
        "best": [titles[name] for name in others if harm[name] == least],
        "case": "no-better" if own >= least else "fewer" if own else None,
    }


def _new_service(figures: Figures) -> Values:
    """Stored events against requests in batches."""
    history = figures.history
    requests, events = history.largest(BATCHED), history.largest(EVENTS)
    slower = ratio(events.p50_ms, requests.p50_ms) if events and requests else None
    code, held = history.code_of(EVENTS), history.share(EVENTS, "posts")
    spared = ["need no code for it"] if code and code.others_past == 0 else []
    spared += ["need not be up"] if held == 1 else []
    return {
        "posts": history.most,
        "requests": requests,
        "events": events,
        "slower": slower,
        "down": history.share(BATCHED, "posts"),
        "held": held,
        "spared": spared or None,
        "case": "slower" if slower and slower > 1 else None,
    }


def _per_post(figures: Figures) -> Values:
    """Against one call for all comments."""
    sizes = figures.reads.sizes
    near, far = (each.ratio("per-post", "gateway-batched") for each in (sizes.near, sizes.far))
    far = far if sizes.far_ms > sizes.near_ms else None
    return {
        **vars(sizes),
        "near_ratio": near,
        "far_ratio": far,
        "six": sizes.far.ratio("per-post", "per-post-six"),
        "case": "heavy" if max(near or 0, far or 0) >= HEAVY else None,
    }


def _loop(figures: Figures) -> Values:
    """The careless monolith against the careful one."""
    sizes = figures.reads.sizes
    longer = sizes.largest.ratio("monolith-loop", "monolith-join")
    case = "heavy" if longer and longer >= HEAVY else None
    return {**vars(sizes), "ratio": longer, "case": case}


VALUES: dict[str, Callable[[Figures], Values]] = {
    "monolith": _monolith,
    "modules": _modules,
    "services": _services,
    "read-model": _read_model,
    "gateway": _gateway,
    "stored-events": _stored_events,
    "new-service": _new_service,
    "per-post": _per_post,
    "loop": _loop,
}
