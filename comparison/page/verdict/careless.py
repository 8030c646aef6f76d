"""Advice against what adds up: a request, or a query, for each post."""

from comparison.page.verdict.advice import Advice, Figures
from comparison.page.wording import ms, several, times

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
