"""Advice on how to read a page."""

from comparison.page.shapes.measures import measures
from comparison.page.shapes.reads import CALLING, Cell
from comparison.page.verdict.advice import Advice, Figures
from comparison.page.wording import alike, low, ms, plain, several, share, times


def monolith(figures: Figures) -> Advice | None:
    """Against all other ways that read afresh, and that a team would choose."""
    reads, sizes = figures.reads, figures.sizes
    if not reads or not sizes:
        return None
    join = reads.cell("monolith-join", sizes.usual, sizes.near)
    others = reads.some(("read-model", *CALLING), sizes.usual, sizes.near)
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
