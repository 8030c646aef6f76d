"""When to choose which: advice that is computed from the figures of all parts.

Every piece of advice is data: values that are taken from the figures, cases of which the first that
applies is given, and sentences with slots for the reasons.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import msgspec

from comparison.claims import Values
from comparison.cost.measures import Measure, measures
from comparison.cost.results import Cost
from comparison.delivery.results import Delivery
from comparison.faults.results import Faults
from comparison.formats import alike, low, ratio, sentences, times
from comparison.history.results import History
from comparison.reads.results import CALLING, Reads, Sizes

HEAVY = 1.5
"""From this ratio on, a way with a request or a query for each post is advised against."""
NOTEWORTHY = 1.1
"""From this ratio on, a price is named."""
ONE, MODULES, SERVICES = "one", "modules", "services"
BATCHED, EVENTS = "requests-batched", "events-caught-up"


class Figures(msgspec.Struct, frozen=True):
    """The results of each part; empty where it was not measured."""

    reads: Reads = Reads([], [], [], [])
    history: History = History([], [], [], [])
    delivery: Delivery = Delivery([], [], [])
    cost: Cost = Cost([])
    faults: Faults = Faults(0, 0.0, [], [], [], [])

    @property
    def sizes(self) -> Sizes:
        return Sizes.of(self.reads)

    @property
    def measures(self) -> dict[str, Measure]:
        return measures(self.cost)


@dataclass(frozen=True)
class Advice:
    """``choose`` what, ``when``, and ``because`` of which figures. ``family`` is of the ways that
    it is about, for the page's colours."""

    choose: str
    when: str
    because: str
    family: str


Case = tuple[Callable[[Values], bool], str, Sequence[str]]
"""Whether it applies, ``choose``, and the sentences of ``when``."""


@dataclass(frozen=True)
class Rule:
    """Gives the advice of the first case that applies, where the first sentence of ``because`` has
    all its values."""

    family: str
    values: Callable[[Figures], Values]
    cases: Sequence[Case]
    because: Sequence[str]

    def apply(self, figures: Figures) -> Advice | None:
        values = self.values(figures)
        because = sentences(self.because, values)
        if not because:
            return None
        choose, when = next((choose, when) for holds, choose, when in self.cases if holds(values))
        return Advice(choose, sentences(when, values), because, self.family)


def otherwise(values: Values) -> bool:
    return True


def advice(figures: Figures) -> list[Advice]:
    """What was not measured has no advice."""
    found = (rule.apply(figures) for rule in RULES)
    return [each for each in found if each]


def _monolith(figures: Figures) -> Values:
    """The join against all ways without a cache that a team would choose."""
    sizes = figures.sizes
    join, best = sizes.near.best("monolith-join"), sizes.near.best("read-model", *CALLING)
    if not join or not best:
        return {}
    longer = best.p50_ms / join.p50_ms
    near = alike(longer, 1.0)
    return {
        "posts": sizes.posts,
        "join": join,
        "best": best,
        "name": figures.reads.title(best.way),
        "near": "clearly faster" if near else None,
        "first": longer if longer > 1 and not near else None,
        "last": 1 / longer if longer < 1 and not near else None,
        "one": _save_and_memory(figures, ONE),
        "apart": _save_and_memory(figures, SERVICES),
    }


def _save_and_memory(figures: Figures, column: str) -> str | None:
    found = [figures.measures.get(key) for key in ("write", "memory")]
    known = [each.text(column) for each in found if each and each.values.get(column)]
    return " and ".join(known) if len(known) == len(found) else None


def _modules(figures: Figures) -> Values:
    """The same boundaries in one web process, against processes of their own."""
    memory, write = figures.measures.get("memory"), figures.measures.get("write")
    found = memory.ratio(SERVICES, MODULES) if memory else None
    if not memory or not found:
        return {}
    known = write and write.ratio(MODULES, SERVICES)
    return {
        "ratio": found,
        "memory": _compared(memory, MODULES, SERVICES),
        "write": _compared(write, MODULES, SERVICES) if write and known else None,
    }


def _services(figures: Figures) -> Values:
    """What each figure becomes, against one application."""
    found: dict[bool, list[str]] = {True: [], False: []}
    for key in ("write", "end_to_end", "memory", "processes"):
        measure = figures.measures.get(key)
        change = measure.ratio(SERVICES, ONE) if measure else None
        if measure and change and not alike(change, 1.0):
            found[change > 1].append(_compared(measure, SERVICES, ONE))
    prices, gains = ("; ".join(found[dearer]) or None for dearer in (True, False))
    changes = [f"Against one application, that costs: {prices}."] if prices else []
    it_gains = "It gains" if prices else "Against one application, it gains"
    changes += [f"{it_gains}: {gains}."] if gains else []
    return {
        "changes": " ".join(changes) or None,
        "prices": prices,
    }


def _compared(measure: Measure, column: str, to: str) -> str:
    """``memory 540 MB instead of 110 MB (4.9 times)``"""
    change = measure.ratio(column, to)
    more = f" ({times(change)})" if change and change > NOTEWORTHY else ""
    return f"{measure.noun} {measure.text(column)} instead of {measure.text(to)}{more}"


def _read_model(figures: Figures) -> Values:
    """What it brings while others are down, against the best of those that call them."""
    own, calling = (
        [share for target in ("posts", "comments") for share in figures.faults.shares(ways, target)]
        for ways in (("read-model",), CALLING)
    )
    found = [figures.measures.get(key) for key in ("end_to_end", "copies")]
    after, copies = (each.values.get(SERVICES) if each else None for each in found)
    return {
        "own": min(own, default=None),
        "calling": max(calling, default=None),
        "after": after,
        "copies": copies,
    }


def _gateway(figures: Figures) -> Values:
    """One call for all comments, against the read model, over the network with most delay."""
    longer = figures.sizes.far.ratio("gateway-batched", "read-model")
    differs = longer and not alike(longer, 1.0)
    return {
        **vars(figures.sizes),
        "longer": longer if differs else None,
        "faster": "it is also the faster one" if differs and longer and longer < 1 else None,
        "down": figures.faults.share("gateway-batched", "comments"),
    }


def _stored_events(figures: Figures) -> Values:
    """What each way left pending or handled twice, over all faults."""
    harm: dict[str, int] = {}
    for cell in figures.delivery.cells:
        harm[cell.way] = harm.get(cell.way, 0) + cell.pending + cell.doubled
    titles = {way.name: low(way.title) for way in figures.delivery.ways if way.name in harm}
    own, others = harm.get("store"), [harm[name] for name in titles if name != "store"]
    if own is None or not others:
        return {}
    ordered = [*(name for name in titles if name != "store"), "store"]
    best = [titles[name] for name in ordered[:-1] if harm[name] == min(others)]
    return {
        "harm": [f"{titles.get(name, name)} {harm[name]:,}" for name in ordered],
        "own": own,
        "least": min(others),
        "best": best,
    }


def _new_service(figures: Figures) -> Values:
    """Stored events against requests in batches."""
    history = figures.history
    most, near = max(history.posts, default=0), min(history.delays_ms, default=0.0)
    requests, events = (
        cell.p50_ms if (cell := history.cell(way, most, near)) else None
        for way in (BATCHED, EVENTS)
    )
    outages, code = history.outages, history.code_of(EVENTS)
    down, held = (outages.share(way, "posts") if outages else None for way in (BATCHED, EVENTS))
    spared = ["need no code for it"] if code and code.others_past == 0 else []
    spared += ["need not be up"] if held == 1 else []
    return {
        "posts": most,
        "requests": requests,
        "events": events,
        "slower": ratio(events, requests),
        "down": down,
        "held": held,
        "spared": spared or None,
    }


def _per_post(figures: Figures) -> Values:
    """Against one call for all comments."""
    sizes = figures.sizes
    near, far = (each.ratio("per-post", "gateway-batched") for each in (sizes.near, sizes.far))
    six = sizes.far.ratio("per-post", "per-post-six")
    return {
        **vars(sizes),
        "near_ratio": near,
        "far_ratio": far if sizes.far_ms > sizes.near_ms else None,
        "six": six,
    }


def _loop(figures: Figures) -> Values:
    """The careless monolith against the careful one."""
    largest = figures.sizes.largest
    return {
        "posts": figures.sizes.most,
        "loop": largest.monolith_loop,
        "ratio": largest.ratio("monolith-loop", "monolith-join"),
    }


MODULES_ADVICE = "A monolith of modules that share events"
READ_MODEL = "A read model, fed by events"
STORED = "Events that are stored"
APART = "one of them must be stopped, deployed or rewritten while the others go on"

RULES: tuple[Rule, ...] = (
    Rule(
        "monolith",
        _monolith,
        [
            (
                otherwise,
                "A monolith with one join",
                [
                    "one application on one machine is enough",
                    ", and a page may take {last:times} as long",
                ],
            )
        ],
        (
            "{posts:count post} in {join.p50_ms:ms}; {name:low}: {best.p50_ms:ms}.",
            " Nothing without a cache is {near}.",
            " Nothing without a cache is as fast: {first:times} as long.",
            " The join takes {last:times} as long.",
            " To save a comment, and memory for all of it: {one}; as services {apart}.",
        ),
    ),
    Rule(
        "read-model",
        _modules,
        [
            (
                lambda v: v["ratio"] >= NOTEWORTHY,
                MODULES_ADVICE,
                ["the boundaries of services are wanted, and they may be deployed together"],
            ),
            (
                otherwise,
                MODULES_ADVICE,
                ["there should be less to deploy; apart, the services take no more memory here"],
            ),
        ],
        ("Against services apart: {memory}", "; {write}", "."),
    ),
    Rule(
        "services",
        _services,
        [
            (lambda v: v["prices"] is not None, "Services", [APART]),
            (otherwise, "Services", [APART, "; nothing here is an argument against it"]),
        ],
        ("{changes}",),
    ),
    Rule(
        "read-model",
        _read_model,
        [
            (
                lambda v: v["own"] > v["calling"],
                READ_MODEL,
                ["pages must come while other services are down, and may be a moment old"],
            ),
            (
                otherwise,
                READ_MODEL,
                ["anything but outages is the reason: calling the services held as well here"],
            ),
        ],
        (
            "With posts or comments down it brought {own:share} of all pages, the best of the ways "
            "that call them {calling:share}.",
            " The price: a comment is approved on it after {after:ms}.",
            " The text of a comment is stored {copies:plain} times.",
        ),
    ),
    Rule(
        "services",
        _gateway,
        [
            (
                otherwise,
                "A gateway with one call for all comments",
                [
                    "services keep their data to themselves, and a page must show what is true now",
                    "; {faster}",
                ],
            )
        ],
        (
            "With {far_ms:g} ms a hop, {posts:count post} took {far.gateway_batched.p50_ms:ms}, "
            "from the read model {far.read_model.p50_ms:ms}",
            ": {longer:times} as long",
            ".",
            " With comments down, {down:share} of its pages came.",
        ),
    ),
    Rule(
        "read-model",
        _stored_events,
        [
            (lambda v: v["own"] == 0 < v["least"], STORED, ["no event may be lost"]),
            (
                lambda v: v["own"] < v["least"],
                STORED,
                ["few events may be lost; none of the ways held all of them here"],
            ),
            (
                otherwise,
                STORED,
                ["the history is wanted as well; for delivery alone, {best:list} did no worse"],
            ),
        ],
        ("Comments left pending for ever, or handled twice, over all faults: {harm:list}.",),
    ),
    Rule(
        "read-model",
        _new_service,
        [
            (
                lambda v: (v["slower"] or 0) > 1,
                "Stored events for new services, though not for speed",
                ["services will be added; requests are faster, events take {slower:times} as long"],
            ),
            (
                otherwise,
                "Stored events for new services",
                ["services will be added", "; the others {spared:list}"],
            ),
        ],
        (
            "A new service had {posts:count post} with their comments from events in {events:ms}, "
            "by requests in {requests:ms}.",
            " With posts down: {held:share} and {down:share} of it.",
        ),
    ),
    Rule(
        "per-post",
        _per_post,
        [
            (
                lambda v: max(v["near_ratio"], v["far_ratio"] or 0) >= HEAVY,
                "No request per post",
                ["a page has more than a few posts: the requests add up"],
            ),
            (
                otherwise,
                "A request per post",
                ["it is there already: here it costs little more than one call for all"],
            ),
        ],
        (
            "{posts:count post} took {near_ratio:times} as long as one call for all, with "
            "{near_ms:g} ms a hop",
            " and {far_ratio:times} as long, with {far_ms:g} ms a hop",
            ".",
            " Six at a time it is {six:times} as fast over the slowest network.",
        ),
    ),
    Rule(
        "monolith",
        _loop,
        [
            (
                lambda v: (v["ratio"] or 0) >= HEAVY,
                "Fewer queries",
                ["you have a monolith, and before anything else"],
            ),
            (otherwise, "A loop over posts", ["it is there already: it costs little here"]),
        ],
        (
            "{posts:count post} took {loop.queries:,} queries and {loop.p50_ms:ms}, {ratio:times} "
            "as long as with one join.",
        ),
    ),
)
