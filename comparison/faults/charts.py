"""Heat maps of way × what is broken, and the share of slow pages by the number of calls."""

from collections.abc import Sequence
from itertools import cycle

from comparison.charts import HeatMap, Square
from comparison.faults.results import Faults, SlowCalls, formula
from comparison.faults.tables import outages, shares, slow_calls
from comparison.formats import high, ms, sentences, several, share
from comparison.parts import Figure, Panel
from comparison.results import Named
from web.charts import Axis, LineChart, Point, Series, Style, linear, logarithmic

STYLES = (Style("red", "circle"), Style("blue", "square"), Style("green", "triangle"))
CURVE_POINTS = 40
CAME = (
    "{way.title}; {target.title} {mode.title}: {cell.whole} of {cell.pages:count page}",
    ", median {cell.p50_ms:ms}",
)


def panels(faults: Faults) -> list[Panel]:
    tables = [table(faults, mode) for table in (shares, outages) for mode in faults.modes]
    found = [Panel([_map(faults, mode) for mode in faults.modes], tables)]
    if faults.slow_calls:
        note = "Marks are pages that were measured; the dotted line is the formula 1 − (1 − p)^N."
        figure = Figure("Few slow calls make many slow pages", curves(faults.slow_calls), note)
        found.append(Panel([figure], [slow_calls(faults)], title="Slow calls"))
    return found


def picture(faults: Faults, delay: float | None) -> LineChart:
    """For README; nothing in it depends on a delay."""
    return curves(faults.slow_calls)


def _map(faults: Faults, mode: Named) -> Figure:
    def square(way: Named, target: Named) -> Square:
        cell = faults.cell(way.name, target.name, mode.name)
        values = {"way": way, "target": target, "mode": mode, "cell": cell}
        return Square(cell.share if cell else None, sentences(CAME, values))

    title = f"Share of whole pages, by way and by what is {mode.title}"
    ways, targets = faults.ways, faults.targets
    chart = HeatMap(f"faults-{mode.name}", title, ways, targets, mode.title, square, _lost)
    pages = several(faults.pages(mode.name), "page")
    note = f"Share of pages that came whole within {ms(faults.patience_ms)}, of {pages} each."
    return Figure(high(mode.title), chart, note)


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
    shares = sorted({row.share_of_calls for row in rows}, reverse=True)
    for p, style in zip(shares, cycle(STYLES), strict=False):
        measured = tuple(
            Point(row.calls, row.share, f"{several(row.calls, 'call')}: {share(row.share)}")
            for row in sorted(rows, key=lambda row: row.calls)
            if row.share_of_calls == p
        )
        curve = tuple(Point(calls, formula(p, calls)) for calls in steps)
        dotted = Style(style.colour, dash="2 4")
        name, end = f"{share(p)} of calls slow: measured", share(curve[-1].y)
        series.append(Series(name, style, measured, share(measured[-1].y)))
        series.append(Series(f"{share(p)}: the formula", dotted, curve, end, marks=False))
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
