"""Part 5 on the page: slow pages by slow calls, beside the formula."""

from collections.abc import Sequence

from comparison.page.charts.frame import BOTTOM, LEFT, RIGHT, TOP, Axis
from comparison.page.charts.lines import Plot, Point, Series, lines
from comparison.page.charts.looks import Look
from comparison.page.charts.scales import linear, logarithmic
from comparison.page.sections.section import Figure, Panel, Table, keys
from comparison.page.shapes.faults import SlowCalls
from comparison.page.wording import plain, several, share

LOOKS = (Look("red", "circle"), Look("blue", "square"), Look("green", "triangle"))
CURVE_POINTS = 40


def panel(rows: Sequence[SlowCalls]) -> Panel:
    drawn = curves(rows)
    figure = Figure(
        title="Few slow calls make many slow pages",
        drawn=lines(drawn),
        note="Marks are pages that were measured; the dotted line is the formula 1 − (1 − p)^N.",
        keys=keys(drawn.series),
        key_title=drawn.key_title,
    )
    table = Table(
        caption="Pages that make N calls, a share p of which is slow; times in ms",
        headings=["p, N", "slow calls", "pages", "slow pages", "measured", "1 − (1 − p)^N"]
        + ["median", "99 %"],
        rows=[_row(row) for row in rows],
    )
    return Panel((figure,), (table,), title="Slow calls")


def _row(row: SlowCalls) -> list[str]:
    return [
        f"{share(row.share_of_calls)}, {several(row.calls, 'call')}",
        f"{row.injected:,} of {row.met:,}",
        f"{row.pages:,}",
        f"{row.slow:,}",
        f"{row.share:.1%}".replace("%", " %"),
        f"{row.formula:.1%}".replace("%", " %"),
        plain(row.p50_ms),
        plain(row.p99_ms),
    ]


def curves(rows: Sequence[SlowCalls]) -> Plot:
    """What was measured beside the formula, for each share of slow calls."""
    x = logarithmic([row.calls for row in rows], LEFT, RIGHT)
    by_share = {p: [row for row in rows if row.share_of_calls == p] for p in _shares(rows)}
    series = []
    for (p, of_p), look in zip(by_share.items(), LOOKS * len(by_share), strict=False):
        told = share(p)
        series.append(_measured(f"{told} of calls slow: measured", of_p, look))
        series.append(_formula(f"{told}: the formula", p, x.low, x.high, look))
    return Plot(
        id="slow-calls",
        title="Share of pages that are slow, by the number of calls that a page makes",
        description="; ".join(
            f"{share(row.share_of_calls)} of calls slow, {several(row.calls, 'call')}: measured "
            f"{share(row.share)}, formula {share(row.formula)}"
            for row in rows
        ),
        x=Axis("calls that a page makes, N", x),
        y=Axis("slow pages", linear([1.0], BOTTOM, TOP), share),
        series=tuple(series),
        key_title=f"Slow pages of {several(max(row.calls for row in rows), 'call')}",
    )


def _shares(rows: Sequence[SlowCalls]) -> list[float]:
    return sorted({row.share_of_calls for row in rows}, reverse=True)


def _measured(name: str, rows: Sequence[SlowCalls], look: Look) -> Series:
    points = (
        Point(row.calls, row.share, f"{several(row.calls, 'call')}: {share(row.share)}")
        for row in rows
        if row.calls > 0
    )
    last = max(rows, key=lambda row: row.calls)
    return Series(name, look, tuple(points), share(last.share))


def _formula(name: str, p: float, low: float, high: float, look: Look) -> Series:
    steps = (low * (high / low) ** (step / CURVE_POINTS) for step in range(CURVE_POINTS + 1))
    curve = tuple(Point(calls, 1 - (1 - p) ** calls) for calls in steps)
    return Series(name, Look(look.colour, dash="2 4"), curve, share(curve[-1].y), marks=False)
