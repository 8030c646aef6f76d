"""Heat maps of way × what is broken, and the share of slow pages by the number of calls."""

from collections.abc import Sequence
from functools import partial
from itertools import cycle

from comparison.charts import (
    Axis,
    HeatMap,
    LineChart,
    Point,
    Series,
    Square,
    Style,
    linear,
    logarithmic,
)
from comparison.faults.results import Faults, SlowCalls
from comparison.faults.tables import outages, shares, slow_calls
from comparison.formats import high, ms, several, share
from comparison.parts import Figure, Panel
from comparison.results import Named

STYLES = (Style("red", "circle"), Style("blue", "square"), Style("green", "triangle"))
CURVE_POINTS = 40


def panels(faults: Faults) -> list[Panel]:
    maps = [_map(faults, mode) for mode in faults.modes]
    tables = [table(faults, mode) for table in (shares, outages) for mode in faults.modes]
    found = [Panel(maps, tables)]
    if faults.slow_calls:
        figure = Figure(
            title="Few slow calls make many slow pages",
            chart=curves(faults.slow_calls),
            note="Marks are pages that were measured; the dotted line is the formula "
            "1 − (1 − p)^N.",
        )
        found.append(Panel([figure], [slow_calls(faults)], title="Slow calls"))
    return found


def picture(faults: Faults, delay: float | None) -> LineChart:
    """For README; nothing in it depends on a delay."""
    return curves(faults.slow_calls)


def _map(faults: Faults, mode: Named) -> Figure:
    return Figure(
        title=high(mode.title),
        chart=HeatMap.of(
            id=f"faults-{mode.name}",
            title=f"Share of whole pages, by way and by what is {mode.title}",
            ways=faults.ways,
            targets=faults.targets,
            state=mode.title,
            square=partial(_square, faults, mode),
            described=_lost,
        ),
        note=f"Share of pages that came whole within {ms(faults.patience_ms)}, of "
        f"{several(faults.pages(mode.name), 'page')} each.",
    )


def _square(faults: Faults, mode: Named, way: Named, target: Named) -> Square:
    cell = faults.cell(way.name, target.name, mode.name)
    if not cell:
        return Square(None)
    took = f", median {ms(cell.p50_ms)}" if cell.p50_ms is not None else ""
    came = f"{cell.whole} of {several(cell.pages, 'page')}{took}"
    return Square(cell.share, f"{way.title}; {target.title} {mode.title}: {came}")


def _lost(shares: dict[str, float | None]) -> str:
    """Which ways lose all pages, and which some."""
    none = ", ".join(name for name, each in shares.items() if each == 0)
    some = ", ".join(f"{name} {share(each)}" for name, each in shares.items() if each and each < 1)
    lost = [none and f"none from {none}", some and f"some from {some}"]
    return ", ".join(filter(None, lost)) or "all pages came"


def curves(rows: Sequence[SlowCalls]) -> LineChart:
    """What was measured beside the formula, for each share of slow calls."""
    x = logarithmic([row.calls for row in rows])
    steps = [x.low * (x.high / x.low) ** (step / CURVE_POINTS) for step in range(CURVE_POINTS + 1)]
    series = []
    for p, style in zip(
        sorted({row.share_of_calls for row in rows}, reverse=True), cycle(STYLES), strict=False
    ):
        measured = [
            Point(row.calls, row.share, f"{several(row.calls, 'call')}: {share(row.share)}")
            for row in rows
            if row.share_of_calls == p
        ]
        formula = [Point(calls, 1 - (1 - p) ** calls) for calls in steps]
        series += [
            _series(f"{share(p)} of calls slow: measured", style, measured),
            _series(f"{share(p)}: the formula", Style(style.colour, dash="2 4"), formula, False),
        ]
    return LineChart(
        id="slow-calls",
        title="Share of pages that are slow, by the number of calls that a page makes",
        description="; ".join(
            f"{share(row.share_of_calls)} of calls slow, {several(row.calls, 'call')}: measured "
            f"{share(row.share)}, formula {share(row.formula)}"
            for row in rows
        ),
        x=Axis("calls that a page makes, N", x),
        y=Axis("slow pages", linear([1.0]), share),
        series=tuple(series),
        key_title=f"Slow pages of {several(max(row.calls for row in rows), 'call')}",
    )


def _series(name: str, style: Style, points: list[Point], marks: bool = True) -> Series:
    last = max(points, key=lambda point: point.x)
    return Series(name, style, tuple(points), share(last.y), marks)
