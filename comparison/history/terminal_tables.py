"""The tables of part 2."""

from collections.abc import Iterator, Sequence
from typing import Any

from rich import box
from rich.table import Table

from comparison.part import Results


def tables(results: Results) -> Iterator[Table]:
    """The time by size of the blog, for each delay; then what each way needs, what it gets while
    something is down, and what it misses."""
    titles = {way["name"]: way["title"] for way in results["ways"]}
    for delay in results["delays_ms"]:
        yield _times(results, titles, delay)
    yield _code(results, titles)
    yield _outages(results["outages"], titles)
    yield _moving(results["moving"], titles)
    yield _facts(results["facts"])


def _times(results: Results, titles: dict[str, str], delay: float) -> Table:
    most = results["posts"][-1]
    cells = {
        (cell["way"], cell["posts"]): cell for cell in results["cells"] if cell["delay_ms"] == delay
    }
    rows = f"{results['blogs'][-1]['posts'] + results['blogs'][-1]['comments']:,}"
    table = _table(
        "Until a blog's past is there, by its number of posts: median in ms, with "
        f"{delay:g} ms of delay on each hop. The rest is that of {most:,} posts, {rows} rows",
        "way",
        *(f"{posts:,}" for posts in results["posts"]),
        *("rows/s", "requests", "queries", "records", "kB"),
    )
    for name, title in titles.items():
        last = cells[name, most]
        table.add_row(
            title,
            *(_time(cells[name, posts]["p50_ms"]) for posts in results["posts"]),
            f"{last['rows_per_second']:,.0f}",
            f"{last['requests']:,}",
            f"{last['queries']:,}",
            f"{last['records']:,}",
            "–" if last["bytes"] is None else f"{last['bytes'] / 1_000:,.0f}",
        )
    return table


def _code(results: Results, titles: dict[str, str]) -> Table:
    table = _table(
        "Lines of code, for the past alone and to hear what comes; and the others' columns in use",
        "way",
        *("newcomer:\npast", "others:\npast", "event\nstore", "newcomer:\nlive", "others:\nlive"),
        "columns",
    )
    for code in results["code"]:
        table.add_row(
            titles[code["way"]],
            *(str(code[side]) for side in ("newcomer_past", "others_past", "store")),
            *(str(code[side]) for side in ("newcomer_live", "others_live")),
            str(len(code["columns"])),
        )
    return table


def _outages(results: dict[str, Any], titles: dict[str, str]) -> Table:
    cells = {(cell["way"], cell["target"]): cell for cell in results["cells"]}
    table = _table(
        f"While something is down: the posts + comments that come, of {results['posts']:,} + "
        f"{results['comments']:,}",
        "down",
        *(name.replace("-", "\n", 1) for name in titles),
    )
    for target in results["targets"]:
        table.add_row(target["title"], *(_got(cells[name, target["name"]]) for name in titles))
    return table


def _got(cell: dict[str, Any]) -> str:
    colour = "green" if cell["share"] == 1 else "red" if cell["share"] == 0 else "yellow"
    return f"[{colour}]{cell['posts']:,} + {cell['comments']:,}[/{colour}]"


def _moving(results: dict[str, Any], titles: dict[str, str]) -> Table:
    table = _table(
        f"Written while {results['posts']:,} posts were copied, and rows that are wrong afterwards "
        "(a ghost is deleted)",
        "way",
        *("listens", "copy, ms", "written", "missing", "stale", "ghosts"),
    )
    since = {"before": "before", "after": "afterwards", "always": "–"}
    for cell in results["cells"]:
        table.add_row(
            titles[cell["way"]],
            since[cell["listens"]],
            _time(cell["ms"]),
            f"{cell['written']:,}",
            *map(_wrong, (cell["missing"], cell["stale"], cell["ghosts"])),
        )
    return table


def _wrong(rows: int) -> str:
    return f"[red]{rows:,}[/red]" if rows else "[green]0[/green]"


def _facts(rows: Sequence[dict[str, Any]]) -> Table:
    table = _table(
        "What was ever said, and how much of it a copy of the tables still says",
        "event",
        *("in the stored events", "in a copy"),
    )
    for row in rows:
        table.add_row(row["type"], f"{row['said']:,}", f"{row['in_copy']:,}")
    return table


def _table(title: str, first: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD)
    table.add_column(first, no_wrap=True)
    for column in columns:
        table.add_column(column, justify="right", no_wrap=True)
    return table


def _time(milliseconds: float) -> str:
    return f"{milliseconds:,.1f}" if milliseconds < 100 else f"{milliseconds:,.0f}"
