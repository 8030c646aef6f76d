"""The figures as tables in the terminal."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from rich import box
from rich.console import Console
from rich.table import Table

from lab.bench.figures import Figure, ratio

MARKS = {None: "", True: "[green]reached[/green]", False: "[red]missed[/red]"}


def show(console: Console, figures: Sequence[Figure]) -> None:
    """A table for each area, in the order in which they were measured."""
    areas: dict[str, list[Figure]] = defaultdict(list)
    for figure in figures:
        areas[figure.area].append(figure)
    for area, members in areas.items():
        console.print(_table(area, members))
    console.print(verdict(figures))


def verdict(figures: Iterable[Figure]) -> str:
    judged = [figure for figure in figures if figure.goal]
    missed = [figure for figure in judged if not figure.reached]
    lines = [f"[bold]{len(judged) - len(missed)} of {len(judged)} goals are reached.[/bold]"]
    lines += [
        f"  [red]missed[/red] {each.what} ({each.stack}): "
        f"{_number(each.judged)} {each.unit}, goal {each.goal}"
        for each in missed
    ]
    return "\n".join(lines)


def line(figure: Figure) -> str:
    """A figure in one line, while the others are still being measured."""
    return f"[dim]{figure.stack}: {figure.what}: {_number(figure.median)} {figure.unit}[/dim]"


def _table(area: str, figures: list[Figure]) -> Table:
    unit = figures[0].unit
    latency = unit == "ms"
    title = f"{area} ({unit})" if unit else area
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD)
    table.add_column("what", no_wrap=True)
    table.add_column("on", no_wrap=True)
    for name in ("p50", "p95", "p99") if latency else ("median", "spread"):
        table.add_column(name, justify="right", no_wrap=True)
    for name in ("samples", "goal", ""):
        table.add_column(name, justify="right" if name else "left", no_wrap=True)
    table.add_column("compared")
    first: dict[str, Figure] = {}
    for figure in figures:
        base = first.setdefault(figure.what, figure)
        notes = [figure.note] if figure.note else []
        if base is not figure:
            notes.append(f"{ratio(figure, base)} of {base.stack}")
        table.add_row(
            figure.what,
            figure.stack,
            _number(figure.median),
            *([_number(figure.percentile(p)) for p in (95, 99)] if latency else [_spread(figure)]),
            str(len(figure.samples)),
            str(figure.goal or ""),
            MARKS[figure.reached],
            "; ".join(notes),
        )
    return table


def _spread(figure: Figure) -> str:
    if len(figure.samples) == 1:
        return ""
    return f"{_number(min(figure.samples))} – {_number(max(figure.samples))}"


def _number(value: float) -> str:
    if value >= 100 or value == int(value):
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 1 else f"{value:.2f}"
