"""The report: figures as tables in the terminal, and in Markdown for the documents."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from lab.bench.figures import Figure, number
from lab.statistics import percentile

MARKS = {None: "", True: "[green]reached[/green]", False: "[red]missed[/red]"}
WORDS = {None: "", True: "reached", False: "**missed**"}


def show(console: Console, figures: Sequence[Figure]) -> None:
    """A table for each area, in the order in which they were measured; then the verdict."""
    for area in dict.fromkeys(figure.area for figure in figures):
        console.print(_table(area, [figure for figure in figures if figure.area == area]))
    judged = [figure for figure in figures if figure.reached is not None]
    missed = [figure for figure in judged if not figure.reached]
    console.print(f"[bold]{len(judged) - len(missed)} of {len(judged)} goals are reached.[/bold]")
    for each in missed:
        unit = "×" if each.goal and each.goal.of == "ratio" else each.unit
        result = f"{number(each.judged or 0.0)} {unit}, goal {each.goal}"
        console.print(f"  [red]missed[/red] {each.what} ({each.stack}): {result}")


def read(record: Path) -> tuple[dict[str, Any], list[Figure]]:
    """What a recorded run has of itself, and its figures. Raises OSError, ValueError, KeyError,
    TypeError where the file is none."""
    content = json.loads(record.read_text())
    return content, [Figure.from_dict(each) for each in content.pop("figures")]


def markdown(content: Mapping[str, Any], figures: Sequence[Figure]) -> Iterator[str]:
    """The lines of a recorded run: where and when it ran, and a table for each area."""
    on = content["machine"]
    yield f"`{content['command']}` at commit {content['commit']}, {content['started']}: "
    yield f"{on['processor']}, {on['cores']} cores, load {on['load']} before; "
    yield ", ".join(" ".join(each) for each in content["versions"].items()) + "."
    for area in dict.fromkeys(figure.area for figure in figures):
        rows = [figure for figure in figures if figure.area == area]
        unit = _unit(rows)
        heads = ["what", "on", f"ours ({unit})" if unit else "ours"]
        compared = any(figure.theirs for figure in rows)
        heads += ["against", "ratio", "interval"] if compared else ["spread"]
        heads += ["must reach", "", "note"]
        yield from ("", f"**{area}**", "", f"| {' | '.join(heads)} |")
        yield f"| {' | '.join(['---'] * 2 + ['---:'] * (len(heads) - 5) + ['---'] * 3)} |"
        for each in rows:
            cells = [each.what, each.stack, _median(each, unit)]
            cells += _compared(each) if compared else [_spread(each)]
            cells += [str(each.goal or ""), WORDS[each.reached], each.note]
            yield f"| {' | '.join(cells)} |"


def _unit(figures: Sequence[Figure]) -> str:
    """What all have in common, for the head of the table; else each has its own."""
    units = {figure.unit for figure in figures}
    return units.pop() if len(units) == 1 else ""


def _median(figure: Figure, unit: str) -> str:
    return number(figure.median) + ("" if unit else f" {figure.unit}")


def _compared(figure: Figure) -> list[str]:
    """Against what and how much that is, the ratio, and its confidence interval."""
    if not (interval := figure.interval):
        return ["", "", ""]
    between = f"{number(interval.low)} – {number(interval.high)} ({interval.confidence:.0%})"
    between = between if interval.confidence else ""  # of one sample there is none
    theirs = f"{figure.against} {number(median(figure.theirs))}"
    return [theirs, number(median(figure.ratios)), between]


def _table(area: str, figures: list[Figure]) -> Table:
    unit = _unit(figures)
    compared = any(figure.theirs for figure in figures)
    latency = unit == "ms" and not compared
    table = Table(
        title=f"{area} ({unit})" if unit else area, title_justify="left", box=box.SIMPLE_HEAD
    )
    table.add_column("what", ratio=3)
    table.add_column("on", no_wrap=not compared)
    middle = ["p50", "p95", "p99"] if latency else ["median", "spread"]
    for name in ["ours", "against", "ratio", "interval"] if compared else [*middle, "samples"]:
        table.add_column(name, justify="right", no_wrap=name != "against")
    table.add_column("goal", justify="right", no_wrap=True)
    table.add_column(no_wrap=True, min_width=len("reached"))
    table.add_column("note")
    for figure in figures:
        if compared:
            cells = _compared(figure)
        elif latency:
            cells = [number(percentile(figure.samples, percent)) for percent in (95, 99)]
        else:
            cells = [_spread(figure)]
        table.add_row(
            figure.what,
            figure.stack,
            _median(figure, unit),
            *cells,
            *([] if compared else [str(len(figure.samples))]),
            str(figure.goal or ""),
            MARKS[figure.reached],
            figure.note,
        )
    return table


def _spread(figure: Figure) -> str:
    if len(figure.samples) == 1:
        return ""
    return f"{number(min(figure.samples))} – {number(max(figure.samples))}"
