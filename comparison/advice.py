"""When to choose which: advice that is computed from the figures at hand."""

from dataclasses import dataclass

from comparison.cost.measures import Measure, measures
from comparison.cost.results import Cost
from comparison.delivery.results import Delivery
from comparison.faults.results import Faults
from comparison.formats import alike, among, low, ms, plain, several, share, times
from comparison.history.results import History
from comparison.reads.results import CALLING, Cell, Reads, Sizes


@dataclass(frozen=True)
class Advice:
    """``choose`` what, ``when``, and ``because`` of which figures. ``family`` is of the ways that
    it speaks of, for the page's colours."""

    choose: str
    when: str
    because: str
    family: str


@dataclass(frozen=True)
class Figures:
    """Of each part; None where it was not measured."""

    reads: Reads | None = None
    history: History | None = None
    delivery: Delivery | None = None
    cost: Cost | None = None
    faults: Faults | None = None

    @property
    def sizes(self) -> Sizes | None:
        return Sizes.of(self.reads) if self.reads else None


def monolith(figures: Figures) -> Advice | None:
    """Against all other ways that read afresh, and that a team would choose."""
    reads, sizes = figures.reads, figures.sizes
    if not reads or not sizes:
        return None
    join = reads.cell("monolith-join", sizes.usual, sizes.near)
    others = some(reads, ("read-model", *CALLING), sizes.usual, sizes.near)
    if not join or not others:
        return None
    best = min(others, key=lambda cell: cell.p50_ms)
    name, page = low(reads.title(best.way)), several(sizes.usual, "post")
    both = f"{page} in {ms(join.p50_ms)}; {name}: {ms(best.p50_ms)}"
    when = "one application on one machine is enough"
    if alike(join.p50_ms, best.p50_ms):
        said = f"Nothing that reads afresh is clearly faster: {both}."
    elif join.p50_ms < best.p50_ms:
        said = f"Nothing that reads afresh is as fast: {both}, {_as_long(best, join)}."
    else:
        when += ", and a page need not be the fastest there is"
        said = f"{both}: the join takes {_as_long(join, best)}."
    return Advice("A monolith with one join", when, said + _of_one(figures), "monolith")


def read_model(figures: Figures) -> Advice | None:
    """By what it brings while others are down, against the best of those that ask them."""
    faults = figures.faults
    if not faults:
        return None
    targets = [target for target in faults.targets if target.name in ("posts", "comments")]
    own = [faults.share("read-model", target.name) for target in targets]
    asking = [faults.share(way, target.name) for way in CALLING for target in targets]
    ours = min((each for each in own if each is not None), default=None)
    theirs = max((each for each in asking if each is not None), default=None)
    if ours is None or theirs is None:
        return None
    because = (
        f"With posts or comments down it brought {share(ours)} of all pages, the best of the ways "
        f"that ask them {share(theirs)}.{_price(figures)}"
    )
    if ours > theirs:
        when = "pages must come while other services are down, and may be a moment old"
        return Advice("A read model, fed by events", when, because, "read-model")
    when = "anything but outages is the reason: asking the services held as well here"
    return Advice("A read model, fed by events", when, because, "read-model")


def gateway(figures: Figures) -> Advice | None:
    """One call for all comments, against the read model, over the network with most delay."""
    reads, sizes = figures.reads, figures.sizes
    if not reads or not sizes:
        return None
    batched = reads.cell("gateway-batched", sizes.usual, sizes.far)
    model = reads.cell("read-model", sizes.usual, sizes.far)
    if not batched or not model or not model.p50_ms or not batched.p50_ms:
        return None
    ratio = batched.p50_ms / model.p50_ms
    because = (
        f"With {sizes.far:g} ms a hop, {several(sizes.usual, 'post')} took {ms(batched.p50_ms)}, "
        f"from the read model {ms(model.p50_ms)}"
    )
    because += "." if alike(ratio, 1.0) else f": {times(ratio)} as long."
    down = figures.faults.share("gateway-batched", "comments") if figures.faults else None
    if down is not None:
        because += f" With comments down, {share(down)} of its pages came."
    when = "services keep their data to themselves, and a page must show what is true now"
    if ratio < 1 and not alike(ratio, 1.0):
        when += "; it is the faster one, too"
    return Advice("A gateway with one call for all comments", when, because, "services")


def _of_one(figures: Figures) -> str:
    """What one application costs beside services."""
    found = {each.key: each for each in measures(figures.cost)} if figures.cost else {}
    write, memory = found.get("write"), found.get("memory")
    if not write or not memory or not write.ratio("services", "one"):
        return ""
    one, apart = (f"{write.told(c)} and {memory.told(c)}" for c in ("one", "services"))
    return f" To save a comment, and memory for all of it: {one}; as services {apart}."


def _as_long(one: Cell, other: Cell) -> str:
    return f"{times(one.p50_ms / other.p50_ms)} as long"


def _price(figures: Figures) -> str:
    found = {each.key: each for each in measures(figures.cost)} if figures.cost else {}
    late, copies = found.get("end_to_end"), found.get("copies")
    said = []
    if late and (value := late.values.get("services")):
        said.append(f"a comment is approved on it after {ms(value)}")
    if copies and (value := copies.values.get("services")):
        said.append(f"its text is kept {plain(value)} times")
    return f" The price: {', and '.join(said)}." if said else ""


ONE, MODULES, SERVICES = "one", "modules", "services"
DEAR = 1.1
"""From this ratio on it is a price that is spoken of."""


def services(figures: Figures) -> Advice | None:
    """Against one application: what each figure becomes."""
    found = _measures(figures)
    prices: list[str] = []
    gains: list[str] = []
    for key in ("write", "end_to_end", "memory", "processes"):
        measure = found.get(key)
        ratio = measure.ratio(SERVICES, ONE) if measure else None
        if measure and ratio and not alike(ratio, 1.0):
            (prices if ratio > 1 else gains).append(_compared(measure, SERVICES, ONE))
    if not prices and not gains:
        return None
    when = "one of them must be stopped, deployed or written anew while the others go on"
    said = []
    if prices:
        said.append(f"Against one application, that costs: {'; '.join(prices)}.")
    if gains:
        said.append(
            f"{'It gains' if prices else 'Against one application, it gains'}: {'; '.join(gains)}."
        )
    if not prices:
        when += "; nothing here speaks against it"
    return Advice("Services", when, " ".join(said), "services")


def modules(figures: Figures) -> Advice | None:
    """The same boundaries in one web process, against processes of their own."""
    memory = _measures(figures).get("memory")
    ratio = memory.ratio(SERVICES, MODULES) if memory else None
    if not memory or not ratio:
        return None
    because = f"Against services apart: {_compared(memory, MODULES, SERVICES)}"
    write = _measures(figures).get("write")
    if write and write.ratio(MODULES, SERVICES):
        because += f"; {_compared(write, MODULES, SERVICES)}"
    because += "."
    if ratio >= DEAR:
        when = "the boundaries of services are wanted, and being deployed together does no harm"
    else:
        when = "there shall be less to deploy; apart, the services take no more memory here"
    return Advice("A monolith of modules that share events", when, because, "read-model")


def _measures(figures: Figures) -> dict[str, Measure]:
    return {each.key: each for each in measures(figures.cost)} if figures.cost else {}


def _compared(measure: Measure, column: str, to: str) -> str:
    """``memory 540 MB instead of 110 MB (4.9 times)``"""
    mine, other = measure.values.get(column), measure.values.get(to)
    ratio = measure.ratio(column, to)
    more = f" ({times(ratio)})" if ratio and ratio > DEAR else ""
    return f"{measure.noun} {measure.number(mine)} instead of {measure.number(other)}{more}"


BATCHED, EVENTS = "requests-batched", "events-caught-up"


def store(figures: Figures) -> Advice | None:
    """By what each way left pending or did twice, over all faults."""
    delivery = figures.delivery
    if not delivery:
        return None
    harm = {way.name: _harm(delivery, way.name) for way in delivery.ways}
    titles = {way.name: way.title for way in delivery.ways}
    ours = harm.get("store")
    others = {name: each for name, each in harm.items() if name != "store" and each is not None}
    if ours is None or not others:
        return None
    told = [f"{low(titles[name])} {each:,}" for name, each in (*others.items(), ("store", ours))]
    because = f"Comments left pending for ever, or handled twice, over all faults: {among(told)}."
    least = min(others.values())
    if ours == 0 < least:
        return Advice("Events that are stored", "no event may be lost", because, "read-model")
    if ours < least:
        when = "few events may be lost; none of the ways held all of them here"
        return Advice("Events that are stored", when, because, "read-model")
    best = among([low(titles[name]) for name, each in others.items() if each == least])
    when = f"the past is wanted as well; for delivery alone, {best} did no worse here"
    return Advice("Events that are stored", when, because, "read-model")


def newcomer(figures: Figures) -> Advice | None:
    """Stored events against requests in batches."""
    history = figures.history
    if not history or not history.posts or not history.delays_ms:
        return None
    most, near = max(history.posts), min(history.delays_ms)
    asked, told = history.cell(BATCHED, most, near), history.cell(EVENTS, most, near)
    if not asked or not told or not asked.p50_ms or not told.p50_ms:
        return None
    faster, slower = sorted((asked.p50_ms, told.p50_ms))
    because = (
        f"A newcomer had {several(most, 'post')} with their comments from events in "
        f"{ms(told.p50_ms)}, by requests in {ms(asked.p50_ms)}."
    )
    down = history.outages.share(BATCHED, "posts") if history.outages else None
    held = history.outages.share(EVENTS, "posts") if history.outages else None
    if down is not None and held is not None:
        because += f" With posts down: {share(held)} and {share(down)} of it."
    if told.p50_ms > asked.p50_ms:
        choose = "Stored events for newcomers, though not for speed"
        when = (
            "services will be added; requests are the faster way, events take "
            f"{times(slower / faster)} as long"
        )
    else:
        choose = "Stored events for newcomers"
        when = "services will be added"
        code = history.code_of(EVENTS)
        spared = ["need no code for it"] if code and code.others_past == 0 else []
        spared += ["need not be up"] if held == 1 else []
        when += f"; the others {among(spared)}" if spared else ""
    return Advice(choose, when, because, "read-model")


def _harm(delivery: Delivery, way: str) -> int | None:
    """Comments that were left pending for ever or handled twice; None where nothing is known."""
    cells = [cell for cell in delivery.cells if cell.way == way]
    return sum(cell.pending + cell.doubled for cell in cells) if cells else None


HEAVY = 1.5
"""From this ratio on a way is advised against."""


def per_post(figures: Figures) -> Advice | None:
    """Against one call for all comments."""
    reads, sizes = figures.reads, figures.sizes
    if not reads or not sizes:
        return None
    ratios = {
        delay: ratio
        for delay in (sizes.near, sizes.far)
        if (ratio := reads.ratio("per-post", "gateway-batched", sizes.usual, delay))
    }
    if not ratios:
        return None
    told = " and ".join(
        f"{times(ratio)} as long as one call for all, with {delay:g} ms a hop"
        for delay, ratio in ratios.items()
    )
    because = f"{several(sizes.usual, 'post')} took {told}."
    six = reads.ratio("per-post", "per-post-six", sizes.usual, sizes.far)
    if six:
        because += f" Six at a time it is {times(six)} as fast over the slowest network."
    if max(ratios.values()) >= HEAVY:
        when = "a page has more than a few posts: the requests add up"
        return Advice("No request per post", when, because, "per-post")
    when = "it is there already: here it costs little more than one call for all"
    return Advice("A request per post", when, because, "per-post")


def loop(figures: Figures) -> Advice | None:
    """The careless monolith against the careful one."""
    reads, sizes = figures.reads, figures.sizes
    if not reads or not sizes:
        return None
    careless = reads.cell("monolith-loop", sizes.most, sizes.near)
    ratio = reads.ratio("monolith-loop", "monolith-join", sizes.most, sizes.near)
    if not careless or not ratio:
        return None
    because = (
        f"{several(sizes.most, 'post')} took {careless.queries:,} queries and "
        f"{ms(careless.p50_ms)}, {times(ratio)} as long as with one join."
    )
    if ratio >= HEAVY:
        when = "you have a monolith, and before anything else"
        return Advice("Fewer queries", when, because, "monolith")
    when = "it is there already: it costs little here"
    return Advice("A loop over posts, if it is there already", when, because, "monolith")


def some(reads: Reads, ways: tuple[str, ...], posts: int, delay: float) -> list[Cell]:
    found = (reads.cell(way, posts, delay) for way in ways)
    return [cell for cell in found if cell and cell.p50_ms > 0]


def advice(figures: Figures) -> list[Advice]:
    """Pure. What was not measured has no advice."""
    found = (
        monolith(figures),
        modules(figures),
        services(figures),
        read_model(figures),
        gateway(figures),
        store(figures),
        newcomer(figures),
        per_post(figures),
        loop(figures),
    )
    return [each for each in found if each]
