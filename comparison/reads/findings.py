"""Claims about ways to read a page, and the figures that they are held against."""

from typing import Any

from comparison.claims import Rule, Values, Verdict, graded
from comparison.formats import SLOTS, alike, extremes, plain, sentences
from comparison.reads.results import CALLING, Reads, Sizes

MUCH_SLOWER = 2.0
ELSEWHERE_POSTS, ELSEWHERE_RATIOS = 20, (4.0, 20.0)
"""From so many posts on, the ratios that were measured on the article's own blog."""


def lead(reads: Reads) -> str:
    sizes = Sizes.of(reads)
    times = {
        reads.title(cell.way): cell.p50_ms
        for cell in reads.cells
        if (cell.posts, cell.delay_ms) == (sizes.usual, sizes.near)
    }
    template = "A page of {posts:count post}, all on this machine: {extremes}."
    return sentences([template], {"posts": sizes.usual, "extremes": extremes(times)})


def _usual(reads: Reads) -> dict[str, Any]:
    """The cells of the usual page on one machine: by way, the fastest that calls services, and the
    fastest of all but the read model."""
    sizes = Sizes.of(reads)

    def best(*ways: str) -> Any:
        return reads.best(ways, sizes.usual, sizes.near)

    apart = [best(way) for way in CALLING if best(way)]
    other = best(*CALLING, "monolith-join", "direct")
    return {
        "posts": sizes.usual,
        "join": best("monolith-join"),
        "direct": best("direct"),
        "model": best("read-model"),
        "cached": best("read-model-cached"),
        "apart": best(*CALLING),
        "slowest": max(apart, key=lambda cell: cell.p50_ms, default=None),
        "other": other,
        "other_title": reads.title(other.way) if other else None,
    }


def _per_post(reads: Reads) -> Values:
    sizes = Sizes.of(reads)
    far = sizes.far if sizes.far > sizes.near else None
    return {
        "posts": sizes.usual,
        "near": sizes.near,
        "calls": reads.cell("per-post", sizes.usual, sizes.near),
        "model": reads.cell("read-model", sizes.usual, sizes.near),
        "far": far,
        "far_calls": reads.cell("per-post", sizes.usual, sizes.far),
        "far_model": reads.cell("read-model", sizes.usual, sizes.far),
        "ratios": [
            found
            for delay in (sizes.near, sizes.far)
            if (found := reads.ratio("per-post", "read-model", sizes.usual, delay))
        ]
        or None,
    }


def _monolith(reads: Reads) -> Values:
    sizes = Sizes.of(reads)
    return {
        "posts": sizes.most,
        "join": reads.cell("monolith-join", sizes.most, sizes.near),
        "loop": reads.cell("monolith-loop", sizes.most, sizes.near),
    }


def _slowest(reads: Reads) -> Values:
    sizes = Sizes.of(reads)
    turn = reads.cell("gateway-sequential", sizes.usual, sizes.far)
    one = reads.cell("gateway-batched", sizes.usual, sizes.far)
    add_up = turn and one and turn.p50_ms >= MUCH_SLOWER * one.p50_ms
    return {
        "posts": sizes.usual,
        "delay": sizes.far,
        "trip": reads.round_trip(sizes.far),
        "turn": turn,
        "one": one,
        "add_up": "the calls add up" if add_up else None,
    }


def _direct(reads: Reads) -> Values:
    found = _usual(reads)
    direct, model = found.get("direct"), found.get("model")
    if not direct or not model:
        return {}
    fast = direct.p50_ms <= model.p50_ms or alike(direct.p50_ms, model.p50_ms)
    return found | {"price": "So the price is not time." if fast else None}


def _elsewhere(reads: Reads) -> Values:
    sizes = Sizes.of(reads)
    ratios = {
        posts: found
        for posts in reads.posts
        if posts >= ELSEWHERE_POSTS
        and (found := reads.ratio("per-post", "read-model", posts, sizes.near))
    }
    if not ratios:
        return {}
    low, high, least, most = (
        *(min(ratios.values()), max(ratios.values())),
        *(min(ratios), max(ratios)),
    )
    times = SLOTS["times"](high)
    return {
        "low": low,
        "high": high,
        "times": times if plain(low) == plain(high) else f"{plain(low)} to {times}",
        "posts": SLOTS["count"](most, "post") if least == most else f"{least:,} to {most:,} posts",
    }


def _is_as_elsewhere(values: Values) -> Verdict:
    least, most = ELSEWHERE_RATIOS
    overlaps = values["high"] >= least and values["low"] <= most
    return graded(least <= values["low"] and values["high"] <= most, overlaps)


def _studies(reads: Reads) -> Values:
    """How much slower the ways that call services are than the monolith."""
    found = _usual(reads)
    join, best, slowest = found.get("join"), found.get("apart"), found.get("slowest")
    if not join or not best or not slowest:
        return {}
    low, high = best.p50_ms / join.p50_ms, slowest.p50_ms / join.p50_ms
    less = {"less_low": max(0.0, 1 - 1 / low), "less_high": max(0.0, 1 - 1 / high)}
    model = found["model"]
    near = model and alike(join.p50_ms, model.p50_ms)
    note = ", too near to the monolith to tell them apart" if near else ""
    return found | less | {"low": low, "high": high, "near": near, "note": note}


def _slower_apart(values: Values) -> Verdict:
    return graded(values["low"] > 1, values["high"] > 1)


def _better_on_one_machine(values: Values) -> Verdict:
    if values["near"]:
        return Verdict.IN_PART
    fastest = values["join"].p50_ms < min(values["model"].p50_ms, values["apart"].p50_ms)
    return graded(fastest, values["low"] > 1)


def _model_is_fast(values: Values) -> Verdict:
    model, other = values["model"].p50_ms, values["other"].p50_ms
    return graded(model <= other or alike(model, other), True)


FINDINGS: tuple[Rule[Reads], ...] = (
    Rule(
        "one-request-per-post",
        _per_post,
        (
            "With {near:g} ms a hop, {posts:count post} took {calls.requests:count request} and "
            "{calls.p50_ms:ms}; the read model {model.requests:count request} and "
            "{model.p50_ms:ms}",
            "; with {far:g} ms a hop, {far_calls.requests:count request} and "
            "{far_calls.p50_ms:ms}; the read model {far_model.requests:count request} and "
            "{far_model.p50_ms:ms}",
            ".",
        ),
        lambda v: graded(
            all(each >= MUCH_SLOWER for each in v["ratios"] or [0]),
            any(each >= MUCH_SLOWER for each in v["ratios"] or [0]),
        ),
    ),
    Rule(
        "easy-in-a-monolith",
        _monolith,
        (
            "One join: {join.queries:count query|queries} for {posts:count post}, "
            "{join.p50_ms:ms}. A loop with a query for the comments of each post took "
            "{loop.queries:,} queries and {loop.p50_ms:ms}.",
        ),
        lambda v: graded(v["join"].p50_ms < v["loop"].p50_ms, True),
    ),
    Rule(
        "slowest-call",
        _slowest,
        (
            "With {delay:g} ms a hop, the smallest request took {trip:ms}, and a gateway took "
            "{turn.p50_ms:ms} for {posts:count post} with a call for each post, {one.p50_ms:ms} "
            "with one call for all comments.",
            " So it is worse where calls wait for each other: {add_up}.",
        ),
        lambda v: Verdict.IN_PART if v["add_up"] else Verdict.OPEN,
    ),
    Rule(
        "private-databases",
        _direct,
        (
            "Reading both databases took {direct.p50_ms:ms} for {posts:count post}, the read model "
            "{model.p50_ms:ms}.",
            " {price}",
            " Here both are of one kind and one version, which nobody may count on.",
        ),
    ),
    Rule(
        "fast-without-dependencies",
        _usual,
        (
            "{posts:count post}: {model.p50_ms:ms} from the read model. The fastest other way, "
            "{other_title:low}, took {other.p50_ms:ms}.",
            " With its responses cached, the read model took {cached.p50_ms:ms}.",
        ),
        _model_is_fast,
    ),
    Rule(
        "per-post-measured-elsewhere",
        _elsewhere,
        ("Here {times} as long, with {posts}.",),
        _is_as_elsewhere,
    ),
    Rule(
        "slower-than-a-monolith",
        _studies,
        (
            "One reader at a time, {posts:count post}: the ways that call services served between "
            "{less_low:share} and {less_high:share} fewer pages than the monolith with a join.",
        ),
        _slower_apart,
    ),
    Rule(
        "one-process",
        _studies,
        (
            "The same page took {low:plain} to {high:times} as long from services as from the "
            "monolith ({join.p50_ms:ms}), when it called them while the reader waited.",
        ),
        _slower_apart,
    ),
    Rule(
        "better-on-one-machine",
        _studies,
        (
            "For reading {posts:count post}: the monolith's join took {join.p50_ms:ms}, the "
            "fastest way through services {apart.p50_ms:ms}, the read model {model.p50_ms:ms}"
            "{note}.",
        ),
        _better_on_one_machine,
    ),
)
