"""What is claimed of the ways to read a page, beside what was measured."""

from comparison.page.sections.extremes import extremes
from comparison.page.sections.reads_studies import elsewhere, studies
from comparison.page.sections.section import Finding, Holds, finding
from comparison.page.shapes.reads import CALLING, Reads, Sizes
from comparison.page.wording import alike, low, ms, several

SLOW = 2.0


def lead(reads: Reads) -> str:
    sizes = Sizes.of(reads)
    if not sizes:
        return ""
    times = {
        reads.title(cell.way): cell.p50_ms
        for cell in reads.cells
        if (cell.posts, cell.delay_ms) == (sizes.usual, sizes.near)
    }
    page = f"A page of {several(sizes.usual, 'post')}, all on this machine"
    return f"{page}: {extremes(times)}." if times else ""


def findings(reads: Reads) -> list[Finding]:
    sizes = Sizes.of(reads)
    if not sizes:
        return []
    return [
        *_per_post(reads, sizes),
        *_monolith(reads, sizes),
        *_slowest(reads, sizes),
        *_direct(reads, sizes),
        *_read_model(reads, sizes),
        *elsewhere(reads, sizes),
        *studies(reads, sizes),
    ]


def _per_post(reads: Reads, sizes: Sizes) -> list[Finding]:
    said, ratios = [], []
    for delay in dict.fromkeys((sizes.near, sizes.far)):
        calls = reads.cell("per-post", sizes.usual, delay)
        model = reads.cell("read-model", sizes.usual, delay)
        if calls and model and model.p50_ms:
            ratios.append(calls.p50_ms / model.p50_ms)
            said.append(
                f"with {delay:g} ms a hop, {several(sizes.usual, 'post')} took "
                f"{several(calls.requests, 'request')} and {ms(calls.p50_ms)}; the read model "
                f"{several(model.requests, 'request')} and {ms(model.p50_ms)}"
            )
    if not ratios:
        return []
    holds: Holds = "holds" if min(ratios) >= SLOW else "in part" if max(ratios) >= SLOW else "no"
    return finding("one-request-per-post", _sentence("; ".join(said)), holds)


def _monolith(reads: Reads, sizes: Sizes) -> list[Finding]:
    join = reads.cell("monolith-join", sizes.most, sizes.near)
    loop = reads.cell("monolith-loop", sizes.most, sizes.near)
    if not join or not loop:
        return []
    said = (
        f"One join: {several(join.queries, 'query').replace('querys', 'queries')} for "
        f"{several(sizes.most, 'post')}, {ms(join.p50_ms)}. A loop that "
        f"asks for the comments of each post took {loop.queries:,} queries and {ms(loop.p50_ms)}."
    )
    return finding("easy-in-a-monolith", said, "holds" if join.p50_ms < loop.p50_ms else "in part")


def _slowest(reads: Reads, sizes: Sizes) -> list[Finding]:
    turn = reads.cell("gateway-sequential", sizes.usual, sizes.far)
    one = reads.cell("gateway-batched", sizes.usual, sizes.far)
    trips = {hop.delay_ms: hop.round_trip_ms for hop in reads.network}
    trip = trips.get(sizes.far)
    if not turn or not one or not trip:
        return []
    said = (
        f"Worse, where calls wait for each other: with {sizes.far:g} ms a hop the smallest request "
        f"took {ms(trip)}, and a gateway that asks post by post {ms(turn.p50_ms)} for "
        f"{several(sizes.usual, 'post')}: the calls add up. With one call for all comments it "
        f"took {ms(one.p50_ms)}."
    )
    if turn.p50_ms < SLOW * one.p50_ms:
        said = (
            f"With {sizes.far:g} ms a hop, a gateway took {ms(turn.p50_ms)} post by post and "
            f"{ms(one.p50_ms)} with one call for all comments of {several(sizes.usual, 'post')}."
        )
        return finding("slowest-call", said)
    return finding("slowest-call", said, "in part")


def _direct(reads: Reads, sizes: Sizes) -> list[Finding]:
    direct = reads.cell("direct", sizes.usual, sizes.near)
    model = reads.cell("read-model", sizes.usual, sizes.near)
    if not direct or not model:
        return []
    said = (
        f"Reading both databases took {ms(direct.p50_ms)} for {several(sizes.usual, 'post')}, the "
        f"read model {ms(model.p50_ms)}."
    )
    if direct.p50_ms <= model.p50_ms or alike(direct.p50_ms, model.p50_ms):
        said += " So the price is not time."
    said += " Here both are of one kind and one version, which nobody may count on."
    return finding("private-databases", said)


def _read_model(reads: Reads, sizes: Sizes) -> list[Finding]:
    model = reads.cell("read-model", sizes.usual, sizes.near)
    cached = reads.cell("read-model-cached", sizes.usual, sizes.near)
    others = reads.some((*CALLING, "monolith-join", "direct"), sizes.usual, sizes.near)
    if not model or not others:
        return []
    best = min(others, key=lambda cell: cell.p50_ms)
    titles = {way.name: way.title for way in reads.ways}
    said = (
        f"{several(sizes.usual, 'post')}: {ms(model.p50_ms)} from the read model"
        + (f", {ms(cached.p50_ms)} with its answers cached" if cached else "")
        + f". The fastest other way, {low(titles.get(best.way, best.way))}, took "
        f"{ms(best.p50_ms)}."
    )
    first = model.p50_ms <= best.p50_ms or alike(model.p50_ms, best.p50_ms)
    return finding("fast-without-dependencies", said, "holds" if first else "in part")


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."
