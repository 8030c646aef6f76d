"""What is claimed of a newcomer's ways to the past, beside what was measured."""

from comparison.claims import Finding, finding
from comparison.formats import among, ms, several, share
from comparison.history.results import Cell, History
from comparison.reads.findings import extremes

SINGLE, BATCHED, DIRECT = "requests-per-post", "requests-batched", "direct"
EVENTS = "events-caught-up"
STORED = (EVENTS, "events-replayed")


def lead(history: History) -> str:
    """The fastest and the slowest, for the largest blog."""
    titles = {way.name: way.title for way in history.ways}
    most, near = max(history.posts, default=0), min(history.delays_ms, default=0.0)
    times = {
        titles.get(cell.way, cell.way): cell.p50_ms
        for cell in history.cells
        if (cell.posts, cell.delay_ms) == (most, near)
    }
    return f"{several(most, 'post')} with their comments: {extremes(times)}." if times else ""


def findings(history: History) -> list[Finding]:
    return [
        *_code_alone(history),
        *_couples(history),
        *_direct(history),
        *_own_queries(history),
        *_stored(history),
    ]


def _code_alone(history: History) -> list[Finding]:
    asked, told = history.code_of(BATCHED) or history.code_of(SINGLE), history.code_of(EVENTS)
    if not asked or not told:
        return []
    more = asked.newcomer_past + asked.others_past
    said = (
        f"Requests: {several(asked.newcomer_past, 'line')} in the newcomer for the past alone, and "
        f"{asked.others_past:,} in the others. Stored events: {told.newcomer_past:,} and "
        f"{told.others_past:,}; the event store itself has {told.store:,}, once for all."
    )
    holds: str = "holds" if more > told.newcomer_past + told.others_past else "no"
    return finding("code-for-the-past-alone", said, holds)


def _couples(history: History) -> list[Finding]:
    shares = _while_down(history, BATCHED, ("posts", "comments"))
    if not shares:
        return []
    said = among([f"{share(each)} with {name} down" for name, each in shares.items()])
    holds: str = "holds" if max(shares.values()) < 1 else "no"
    return finding("sync-couples", f"By requests the newcomer got {said}.", holds)


def _direct(history: History) -> list[Finding]:
    code = history.code_of(DIRECT)
    shares = _while_down(history, DIRECT, ("posts", "posts-database", "comments-database"))
    if not code or not shares:
        return []
    got = among([f"{share(each)} with {name} down" for name, each in shares.items()])
    said = (
        f"To read the others’ databases took {several(code.newcomer_past, 'line')} that know their "
        f"tables, all on one kind of database. It got {got}."
    )
    return finding("private-databases", said)


def _own_queries(history: History) -> list[Finding]:
    cell = _largest(history, DIRECT)
    if not cell:
        return []
    said = (
        f"{several(cell.rows, 'row')} with {cell.queries:,} SQL statements in the others’ "
        f"databases, in {ms(cell.p50_ms)}."
    )
    return finding("own-queries", said)


def _stored(history: History) -> list[Finding]:
    cell = _largest(history, EVENTS)
    if not cell:
        return []
    asked = _largest(history, BATCHED)
    said = f"{several(cell.records, 'event')} were caught up with in {ms(cell.p50_ms)}"
    said += f"; requests in batches took {ms(asked.p50_ms)}." if asked else "."
    holds: str = ""
    copies = history.moving.cells if history.moving else []
    by_events = sum(copy.wrong for copy in copies if copy.way in STORED)
    after = [copy.wrong for copy in copies if copy.way not in STORED and copy.listens == "after"]
    before = [copy.wrong for copy in copies if copy.way not in STORED and copy.listens == "before"]
    if any(copy.way in STORED for copy in copies):
        said += f" After a copy amid writes, {by_events:,} rows stayed wrong"
        said += f"; {max(after):,} by the worst of the other ways" if after else ""
        said += f", {max(before):,} where it had listened since before" if before else ""
        said += "."
        holds = "holds" if by_events == 0 else "no"
    return finding("past-from-stored-events", said, holds)


def _largest(history: History, way: str) -> Cell | None:
    near = min(history.delays_ms, default=0.0)
    return history.cell(way, max(history.posts, default=0), near)


def _while_down(history: History, way: str, targets: tuple[str, ...]) -> dict[str, float]:
    outages = history.outages
    if not outages:
        return {}
    return {
        target.title: found
        for target in outages.targets
        if target.name in targets and (found := outages.share(way, target.name)) is not None
    }
