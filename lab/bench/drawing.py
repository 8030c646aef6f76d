"""Figures that have curves, drawn as charts: one SVG file for each area."""

import re
from collections.abc import Iterator, Sequence
from itertools import cycle
from pathlib import Path

from lab.bench.figures import Figure, number
from web.charts import COLOURS, MARKS, Axis, LineChart, Point, Series, Style, logarithmic

DASHES = ("", "4 4", "2 3")  # of the curves of one figure


def draw(figures: Sequence[Figure], folder: Path, caption: str) -> list[Path]:
    """``performance-AREA.svg`` in the folder, for each area with curves. Returns the files."""
    files = []
    for area in dict.fromkeys(figure.area for figure in figures if any(figure.curves.values())):
        chart = _chart(area, [figure for figure in figures if figure.area == area])
        name = re.sub(r"[^a-z0-9]+", "-", area.partition(":")[0].lower()).strip("-")
        files.append(folder / f"performance-{name}.svg")
        files[-1].write_text(chart.svg_alone(caption) + "\n")
    return files


def _chart(area: str, figures: Sequence[Figure]) -> LineChart:
    """Both axes are logarithmic. Each figure has a colour and a mark, each of its curves a dash."""
    series = tuple(_series(figures))
    points = [point for each in series for point in each.points]
    x, y = next(figure.axes for figure in figures if figure.curves)
    ends = "; ".join(f"{each.name}: {each.value}" for each in series)
    return LineChart(
        id="performance",
        title=area,
        description=f"Both axes are logarithmic. At the end of each curve: {ends}",
        x=Axis(x, logarithmic([point.x for point in points])),
        y=Axis(y, logarithmic([point.y for point in points])),
        series=series,
        key_title="At the end of each curve",
    )


def _series(figures: Sequence[Figure]) -> Iterator[Series]:
    stacks = {figure.stack for figure in figures}
    looks = zip(cycle(COLOURS), cycle(MARKS), strict=False)
    for figure, (colour, mark) in zip(figures, looks, strict=False):
        of = f"{figure.what}, {figure.stack}" if len(stacks) > 1 else figure.what
        for (name, curve), dash in zip(figure.curves.items(), cycle(DASHES), strict=False):
            title = f"{of}: {name}" if len(figure.curves) > 1 else of
            known = [(x, y) for x, y in curve if x > 0 and y > 0]  # a log axis has no 0
            points = tuple(Point(x, y, f"{title}: {number(x)}, {number(y)}") for x, y in known)
            if points:
                style = Style(colour, mark, dash, hollow=bool(dash))
                yield Series(title, style, points, number(points[-1].y))
