"""The numbers of part 2."""

from comparison.formats import ms, plain, share, size
from comparison.history.results import History
from comparison.tables import Table


def tables(history: History) -> list[Table]:
    every = (_times(history), _code(history), _outages(history), _moving(history), _facts(history))
    return [table for table in every if table.rows]


def _times(history: History) -> Table:
    rows = [
        [
            f"{way.title}: {cell.posts:,} posts, {cell.delay_ms:g} ms a hop",
            *(plain(cell.p50_ms), plain(cell.p95_ms)),
            *(f"{count:,}" for count in (cell.requests, cell.queries, cell.written, cell.rows)),
            size(cell.bytes),
        ]
        for way in history.ways
        for cell in history.cells
        if cell.way == way.name
    ]
    return Table.of_texts(
        caption="Every time, in ms, with requests, SQL statements and bytes",
        headings=["", "median", "95 %", "requests", "queries of others", "own statements", "rows"]
        + ["bytes"],
        rows=rows,
        fold=True,
        terminal=False,
    )


def _code(history: History) -> Table:
    titles = _titles(history)
    rows = [
        [titles.get(code.way, code.way)]
        + [
            plain(n)
            for n in (
                code.newcomer_past,
                code.others_past,
                code.newcomer_live,
                code.others_live,
                code.store,
            )
        ]
        for code in history.code
    ]
    return Table.of_texts(
        caption="Lines of code, without tests",
        headings=["", "newcomer, for the past", "others, for the past", "newcomer, for what comes"]
        + ["others, for what comes", "event store"],
        rows=rows,
        fold=True,
        terminal=False,
    )


def _outages(history: History) -> Table:
    titles = _titles(history)
    outages = history.outages
    targets = {target.name: target.title for target in outages.targets} if outages else {}
    rows = [
        [
            f"{titles.get(cell.way, cell.way)}; {targets.get(cell.target, cell.target)} down",
            share(cell.share),
            cell.error or "–",
        ]
        for cell in (outages.cells if outages else [])
    ]
    return Table.of_texts(
        "What comes while something is down",
        ["", "share", "error"],
        rows,
        fold=True,
        terminal=False,
    )


def _moving(history: History) -> Table:
    titles = _titles(history)
    rows = [
        [f"{titles.get(cell.way, cell.way)}; listens {cell.listens}", plain(cell.ms)]
        + [f"{count:,}" for count in (cell.written, cell.missing, cell.stale, cell.ghosts)]
        for cell in (history.moving.cells if history.moving else [])
    ]
    return Table.of_texts(
        caption="A copy amid writes: rows that are wrong afterwards",
        headings=["", "took ms", "writes meanwhile", "missing", "out of date", "deleted elsewhere"],
        rows=rows,
        fold=True,
        terminal=False,
    )


def _facts(history: History) -> Table:
    rows = [[each.type, f"{each.said:,}", f"{each.in_copy:,}"] for each in history.facts]
    return Table.of_texts(
        caption="What has happened, and how much of it a copy of the rows still shows",
        headings=["event", "said", "to be seen in a copy"],
        rows=rows,
        fold=True,
        terminal=False,
    )


def _titles(history: History) -> dict[str, str]:
    return {way.name: way.title for way in history.ways}


def headline(history: History) -> Table:
    most, near = max(history.posts, default=0), min(history.delays_ms, default=0.0)
    rows = []
    for way in history.ways:
        cell, code = history.cell(way.name, most, near), history.code_of(way.name)
        took = [ms(cell.p50_ms), f"{cell.requests:,}"] if cell else ["–", "–"]
        lines = [plain(code.newcomer_past), plain(code.others_past)] if code else ["–", "–"]
        down = share(history.outages.share(way.name, "posts") if history.outages else None)
        rows.append([way.title, *took, *lines, down])
    return Table.of_texts(
        f"A newcomer gets {most:,} posts and their comments",
        ["way", "time", "requests", "lines in it for that", "in the others", "with posts down"],
        rows,
    )
