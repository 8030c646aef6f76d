"""The tables of part 5."""

from collections.abc import Iterator
from typing import Any

from rich import box
from rich.table import Table

from comparison.parts.part import Results


def tables(results: Results) -> Iterator[Table]:
    """One for each mode, way × target; then the slow calls."""
    for mode in results["modes"]:
        yield _mode(results, mode)
    yield _slow_calls(results["slow_calls"])


def _mode(results: Results, mode: dict[str, str]) -> Table:
    cells = {
        (cell["way"], cell["target"]): cell
        for cell in results["cells"]
        if cell["mode"] == mode["name"]
    }
    pages = max(cell["pages"] for cell in cells.values())
    table = _table(
        f"{mode['title'].capitalize()}, {pages} {'pages' if pages > 1 else 'page'} each of "
        f"{results['posts']} posts: the share that comes whole within "
        f"{results['patience_ms'] / 1_000:g} s, and p50 … p99 of these in ms"
    )
    table.add_column("way", no_wrap=True)
    for target in results["targets"]:
        table.add_column(target["title"], justify="right")
    for way in results["ways"]:
        row = (cells[way["name"], target["name"]] for target in results["targets"])
        table.add_row(way["title"], *map(_cell, row))
    return table


def _cell(cell: dict[str, Any]) -> str:
    colour = "green" if cell["share"] == 1 else "red" if cell["share"] == 0 else "yellow"
    share = f"[{colour}]{cell['share']:.0%}[/{colour}]"
    if cell["p50_ms"] is None:
        return share
    return f"{share}  {cell['p50_ms']:,.0f} … {cell['p99_ms']:,.0f}"


def _slow_calls(rows: list[dict[str, Any]]) -> Table:
    table = _table("Slow calls make slow pages: a page has N; p50 and p99 in ms")
    headings = ("slow calls p", "were", "N", "pages", "slow pages", "1 − (1 − p)^N", "p50", "p99")
    for heading in headings:
        table.add_column(heading, justify="right", no_wrap=True)
    for row in rows:
        table.add_row(
            f"{row['share_of_calls']:.0%} by {row['slow_by_ms']:g} ms",
            f"{row['injected']:,} of {row['met']:,}",
            str(row["calls"]),
            str(row["pages"]),
            f"{row['share']:.1%}",
            f"{row['formula']:.1%}",
            f"{row['p50_ms']:,.0f}",
            f"{row['p99_ms']:,.0f}",
        )
    return table


def _table(title: str) -> Table:
    return Table(title=title, title_justify="left", box=box.SIMPLE_HEAD)
