"""The tables of part 3."""

from collections.abc import Iterator
from typing import Any

from rich import box
from rich.table import Table

from comparison.part import Results


def tables(results: Results) -> Iterator[Table]:
    """One for each scenario, way by way; then the service that was added."""
    ways = {way["name"]: way for way in results["ways"]}
    for scenario in results["scenarios"]:
        yield _scenario(results, scenario, ways)
    yield _later(results, ways)


def _scenario(results: Results, scenario: dict[str, str], ways: dict[str, Any]) -> Table:
    table = _table(
        f"{_capital(scenario['title'])}: what became of the comments "
        "(lost, twice: events on their way to moderation + decisions on their way back)"
    )
    for heading in ("saved", "decided", "pending for ever", "lost", "twice", "settled after"):
        table.add_column(heading, justify="right")
    for cell in results["cells"]:
        if cell["scenario"] == scenario["name"]:
            table.add_row(
                ways[cell["way"]]["title"],
                str(cell["saved"]),
                str(cell["decided"]),
                _bad(cell["pending"]),
                _bad(cell["lost"], cell["lost_back"]),
                _bad(cell["twice"], cell["twice_back"]),
                _seconds(cell["settled_s"]),
            )
    return table


def _later(results: Results, ways: dict[str, Any]) -> Table:
    table = _table("A service was added later: the comments that it knows")
    for heading in ("of those before", "of those after", "settled after"):
        table.add_column(heading, justify="right")
    for row in results["later"]:
        missing = row["past"] - row["past_got"]
        colour = "red" if missing else "green"
        table.add_row(
            ways[row["way"]]["title"],
            f"[{colour}]{row['past_got']} of {row['past']}[/{colour}]",
            f"{row['new_got']} of {row['new']}",
            _seconds(row["settled_s"]),
        )
    return table


def _bad(*counts: int) -> str:
    colour = "red" if any(counts) else "green"
    return f"[{colour}]{' + '.join(map(str, counts))}[/{colour}]"


def _seconds(seconds: float | None) -> str:
    return "never" if seconds is None else f"{seconds:.1f} s"


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]


def _table(title: str) -> Table:
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD)
    table.add_column("way", no_wrap=True)
    return table
