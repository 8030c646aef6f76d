"""What was measured elsewhere of the ways to read a page, beside what was measured here."""

from comparison.page.sections.section import Finding, Holds, finding
from comparison.page.shapes.reads import CALLING, Reads, Sizes
from comparison.page.wording import alike, ms, plain, several, share, times

LEAST, ELSEWHERE = 20, (4.0, 20.0)
"""Posts, and the ratios that were found with so many or more."""


def elsewhere(reads: Reads, sizes: Sizes) -> list[Finding]:
    ratios = {
        posts: calls.p50_ms / model.p50_ms
        for posts in reads.posts
        if posts >= LEAST
        and (calls := reads.cell("per-post", posts, sizes.near))
        and (model := reads.cell("read-model", posts, sizes.near))
        and model.p50_ms
    }
    if not ratios:
        return []
    low, high = min(ratios.values()), max(ratios.values())
    least, most = min(ratios), max(ratios)
    sizes_said = several(least, "post") if least == most else f"{least:,} to {most:,} posts"
    said = (
        f"Here {plain(low)} to {times(high)} as long, with {sizes_said}"
        if plain(low) != plain(high)
        else f"Here {times(low)} as long, with {sizes_said}"
    )
    inside = ELSEWHERE[0] <= low and high <= ELSEWHERE[1]
    apart = high < ELSEWHERE[0] or low > ELSEWHERE[1]
    holds: Holds = "holds" if inside else "no" if apart else "in part"
    return finding("per-post-measured-elsewhere", f"{said}.", holds)


def studies(reads: Reads, sizes: Sizes) -> list[Finding]:
    """Three studies of one process against several, all on one machine."""
    join = reads.cell("monolith-join", sizes.usual, sizes.near)
    apart = reads.some(CALLING, sizes.usual, sizes.near)
    model = reads.cell("read-model", sizes.usual, sizes.near)
    if not join or not join.p50_ms or not apart:
        return []
    ratios = [cell.p50_ms / join.p50_ms for cell in apart]
    low, high = min(ratios), max(ratios)
    less_low, less_high = (share(max(0.0, 1 - 1 / ratio)) for ratio in (low, high))
    wide: Holds = "holds" if low > 1 else "in part" if high > 1 else "no"
    found = finding(
        "slower-than-a-monolith",
        f"One reader at a time, {several(sizes.usual, 'post')}: the ways that call services did "
        f"between {less_low} and {less_high} less than the monolith with a join.",
        wide,
    )
    found += finding(
        "one-process",
        f"The same page took {plain(low)} to {times(high)} as long from services as from the "
        f"monolith ({ms(join.p50_ms)}), when it asked them while the reader waited.",
        wide,
    )
    if model:
        first = join.p50_ms < min([model.p50_ms, *(cell.p50_ms for cell in apart)])
        near = alike(join.p50_ms, model.p50_ms)
        found += finding(
            "better-on-one-machine",
            f"For reading {several(sizes.usual, 'post')}: the monolith's join took "
            f"{ms(join.p50_ms)}, the fastest way through services "
            f"{ms(min(cell.p50_ms for cell in apart))}, the read model {ms(model.p50_ms)}"
            + (", too near to the monolith to tell them apart." if near else "."),
            "in part" if near or (not first and low > 1) else "holds" if first else "no",
        )
    return found
