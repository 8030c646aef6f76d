"""The tables of part 4."""

from collections.abc import Iterator
from typing import Any

from rich import box
from rich.table import Table

from comparison.cost.figures import Figure, figures
from comparison.part import Results

MB, KB = 1e6, 1e3


def tables(results: Results) -> Iterator[Table]:
    """All figures side by side; staleness by rate; then memory, storage and code in detail."""
    yield _side_by_side(results)
    yield _staleness(results)
    yield _memory(results)
    yield _stored(results)
    yield _code(results)
    yield _touched(results)


def _side_by_side(results: Results) -> Table:
    table = _table(
        "Side by side: the least of each row is green; times are p50 … p95 … p99, × is the last "
        "column over the first",
        results,
    )
    table.add_column("×", justify="right", no_wrap=True)
    for figure in figures(results):
        first, *_, last = figure.values
        ratio = f"{last / first:,.1f}" if first and last is not None else ""
        table.add_row(figure.title, *_marked(figure), ratio)
    return table


def _marked(figure: Figure) -> Iterator[str]:
    there = [value for value in figure.values if value is not None]
    for value, text in zip(figure.values, figure.texts, strict=True):
        least = value is not None and value == min(there) < max(there)
        yield f"[green]{text}[/green]" if least else text


def _staleness(results: Results) -> Table:
    curve = results["staleness"]
    cells = {(cell["rate"], cell["column"]): cell for cell in curve["cells"]}
    table = _table(
        f"From a comment's answer until its final status is seen, p50 … p95 in ms, by comments a "
        f"second ({curve['seconds']:g} s each); yellow: the rate was not reached, but the one "
        f"that is shown",
        results,
        first="comments a second",
    )
    for rate in curve["rates"]:
        row = [cells.get((rate, column["name"])) for column in results["columns"]]
        if any(row):
            table.add_row(f"{rate:g}", *map(_stale, row))
    return table


def _stale(cell: dict[str, Any] | None) -> str:
    if cell is None:
        return "not tried"
    if cell["p50_ms"] is None:
        return "[red]none was shown[/red]"
    text = f"{cell['p50_ms']:,.0f} … {cell['p95_ms']:,.0f}"
    if not cell["reached"]:
        text += f"  [yellow]{cell['achieved']:g}/s[/yellow]"
    if not cell["kept_up"]:
        text += f"  [red]{cell['sent'] - cell['failed'] - cell['shown']} never[/red]"
    return text


def _memory(results: Results) -> Table:
    kind = results["memory"][0]["kind"]
    table = _table(f"Memory of each program with its children, {kind} in MB", results, "program")
    sizes: dict[str, dict[str, float]] = {}
    for cell in results["memory"]:
        for process in cell["processes"]:
            of_program = sizes.setdefault(process["name"].partition(",")[0], {})
            of_program[cell["column"]] = of_program.get(cell["column"], 0) + process["bytes"]
    for program, by_column in sizes.items():
        row = (by_column.get(column["name"]) for column in results["columns"])
        table.add_row(program, *("" if size is None else f"{size / MB:,.0f}" for size in row))
    return table


def _stored(results: Results) -> Table:
    stored = results["stored"]
    table = _table(
        f"A blog of {stored['posts']:,} posts and {stored['comments']:,} comments "
        f"({stored['text_bytes'] / KB:,.0f} kB of text): kB of its tables, and how often each "
        "comment's text is there",
        results,
        first="database",
    )
    cells = {
        (database["alias"], cell["column"]): database
        for cell in stored["cells"]
        for database in cell["databases"]
    }
    for alias in dict.fromkeys(alias for alias, _ in cells):
        row = (cells.get((alias, column["name"])) for column in results["columns"])
        table.add_row(alias, *(_database(database, stored["comments"]) for database in row))
    return table


def _database(database: dict[str, Any] | None, comments: int) -> str:
    if database is None:
        return ""
    size = "–" if database["bytes"] is None else f"{database['bytes'] / KB:,.0f}"
    return f"{size}  × {database['comment_texts'] / comments:.1f}"


def _code(results: Results) -> Table:
    code = results["code"]
    table = _table("Lines of code, by what they are for", results, first="files")
    for group in code["groups"]:
        count = f"{group['lines']:,}"
        row = (column["name"] in group["columns"] for column in results["columns"])
        title = f"{group['title']} ({len(group['files'])} files)"
        table.add_row(title, *(count if needed else "" for needed in row))
    table.caption = f"The one application that is measured here has {code['plain']['lines']:,}."
    return table


def _touched(results: Results) -> Table:
    touched = results["touched"]
    names = " and ".join(touched["fields"])
    table = Table(
        title=f"Files that a new field of a comment touches: those that name {names}",
        title_justify="left",
        box=box.SIMPLE_HEAD,
    )
    by_column = {cell["column"]: cell for cell in touched["cells"]}
    for column in results["columns"]:
        table.add_column(f"{column['short']}: {by_column[column['name']]['count']}", no_wrap=True)
    table.add_row(*("\n".join(by_column[each["name"]]["files"]) for each in results["columns"]))
    return table


def _table(title: str, results: Results, first: str = "") -> Table:
    """A column for what a row is, and one for each that is compared."""
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD)
    table.add_column(first, overflow="fold")
    for column in results["columns"]:
        table.add_column(column["short"], justify="right", no_wrap=True)
    return table
