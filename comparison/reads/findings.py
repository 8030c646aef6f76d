"""Claims about ways to read a page, and the figures that they are held against."""

from comparison.formats import CLOSE, alike, extremes, plain
from comparison.parts import Rule, Values, Verdict, graded
from comparison.reads.results import CALLING, Reads
from comparison.results import title_of

MUCH_SLOWER = 2.0
ELSEWHERE_POSTS, ELSEWHERE_RATIOS = 20, (4.0, 20.0)
"""From so many posts on, the ratios that were measured on the article's own blog."""


def lead(reads: Reads) -> Values:
    sizes = reads.sizes
    times = {title_of(cell.way, reads.ways): cell.p50_ms for cell in sizes.near.values()}
    return {"posts": sizes.posts, "extremes": extremes(times)}


def _sizes(reads: Reads) -> Values:
    """The cells that most sentences are about, and what follows from them."""
    sizes = reads.sizes
    per_post = [each.ratio("per-post", "read-model") or 0.0 for each in (sizes.near, sizes.far)]
    gateway = sizes.far.ratio("gateway-sequential", "gateway-batched") or 0.0
    direct = sizes.near.ratio("direct", "read-model")
    model, other = sizes.near.read_model, sizes.near.best(*CALLING, "monolith-join", "direct")
    fastest = sizes.largest.best("monolith-loop", "monolith-join")
    return {
        **vars(sizes),
        "longer_ms": sizes.far_ms if sizes.far_ms > sizes.near_ms else None,
        "slower": [ratio >= MUCH_SLOWER for ratio in per_post],
        "trip": reads.round_trip(sizes.far_ms),
        "adds_up": "the calls add up" if gateway >= MUCH_SLOWER else None,
        "price": "So the price is not time." if direct and direct <= CLOSE else None,
        "join_is_faster": fastest is sizes.largest.monolith_join,
        "model_is_fast": model and other and model.p50_ms <= CLOSE * other.p50_ms,
        "other": other,
        "title": title_of(other.way, reads.ways) if other else None,
    }


def _elsewhere(reads: Reads) -> Values:
    near_ms = reads.sizes.near_ms
    ratios = {
        posts: ratio
        for posts in reads.posts
        if (ratio := reads.at(posts, near_ms).ratio("per-post", "read-model"))
        and posts >= ELSEWHERE_POSTS
    }
    if not ratios:
        return {}
    low, high = min(ratios.values()), max(ratios.values())
    return {
        "low": low,
        "high": high,
        "least": f" {plain(low)} to" if plain(low) != plain(high) else "",
        "fewest": f"{min(ratios):,} to " if len(ratios) > 1 else "",
        "posts": max(ratios),
    }


def _is_as_elsewhere(values: Values) -> Verdict:
    (least, most), low, high = ELSEWHERE_RATIOS, values["low"], values["high"]
    return graded(least <= low and high <= most, high >= least and low <= most)


def _services(reads: Reads) -> Values:
    """How much slower the ways that call services are than the monolith."""
    sizes = reads.sizes
    join, model = sizes.near.best("monolith-join"), sizes.near.read_model
    calling = sizes.near.ranked(*CALLING)
    if not join or not calling:
        return {}
    low, high = (cell.p50_ms / join.p50_ms for cell in (calling[0], calling[-1]))
    near = model and alike(join.p50_ms, model.p50_ms)
    return {
        "posts": sizes.posts,
        "join": join,
        "best": calling[0],
        "model": model,
        "low": low,
        "high": high,
        "less_low": max(0.0, 1 - 1 / low),
        "less_high": max(0.0, 1 - 1 / high),
        "note": ", too near to the monolith to tell them apart" if near else "",
    }


def _are_slower(values: Values) -> Verdict:
    return graded(values["low"] > 1, values["high"] > 1)


def _is_better_on_one_machine(values: Values) -> Verdict:
    if values["note"]:
        return Verdict.IN_PART
    join, others = values["join"].p50_ms, (values["model"].p50_ms, values["best"].p50_ms)
    return graded(join < min(others), values["low"] > 1)


FINDINGS: tuple[Rule[Reads], ...] = (
    Rule("one-request-per-post", _sizes, lambda v: graded(all(v["slower"]), any(v["slower"]))),
    Rule("easy-in-a-monolith", _sizes, lambda v: graded(v["join_is_faster"], True)),
    Rule("slowest-call", _sizes, lambda v: Verdict.IN_PART if v["adds_up"] else Verdict.OPEN),
    Rule("private-databases", _sizes),
    Rule("fast-without-dependencies", _sizes, lambda v: graded(v["model_is_fast"], True)),
    Rule("per-post-measured-elsewhere", _elsewhere, _is_as_elsewhere),
    Rule("slower-than-a-monolith", _services, _are_slower),
    Rule("one-process", _services, _are_slower),
    Rule("better-on-one-machine", _services, _is_better_on_one_machine),
)
