"""Advice on what carries events, and on what a newcomer reads."""

from comparison.page.shapes.delivery import Delivery
from comparison.page.verdict.advice import Advice, Figures
from comparison.page.wording import among, low, ms, several, share, times

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
