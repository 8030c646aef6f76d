"""The tables of part 1."""

from collections.abc import Iterator
from typing import Any

from rich import box
from rich.table import Table

from comparison.parts.part import Results


def tables(results: Results) -> Iterator[Table]:
    """One for each delay: the median time of each way by number of posts. The requests, the SQL
    queries and the ratio are those of the page with most posts."""
    for network in results["network"]:
        yield _table(results, network)


def _table(results: Results, network: dict[str, float]) -> Table:
    delay, most = network["delay_ms"], results["posts"][-1]
    cells = {
        (cell["way"], cell["posts"]): cell for cell in results["cells"] if cell["delay_ms"] == delay
    }
    table = Table(
        title="Until a page with so many posts is there: median in ms, "
        f"with {delay:g} ms of delay on each hop "
        f"(the smallest request takes {network['round_trip_ms']:.1f} ms)",
        title_justify="left",
        box=box.SIMPLE_HEAD,
    )
    table.add_column("way", no_wrap=True)
    for posts in results["posts"]:
        table.add_column(f"{posts:,}", justify="right", no_wrap=True)
    for heading in ("requests", "queries", "× read model"):
        table.add_column(heading, justify="right", no_wrap=True)
    for way in results["ways"]:
        last = cells[way["name"], most]
        model = cells["read-model", most]
        table.add_row(
            way["title"],
            *(_time(cells[way["name"], posts]) for posts in results["posts"]),
            f"{last['requests']:,}",
            f"{last['queries']:,}",
            f"{last['p50_ms'] / model['p50_ms']:.1f}",
        )
    return table


def _time(cell: dict[str, Any]) -> str:
    time = cell["p50_ms"]
    return f"{time:,.1f}" if time < 100 else f"{time:,.0f}"
