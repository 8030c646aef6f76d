"""Lines: a value over another, for several at once."""

from dataclasses import dataclass
from typing import NamedTuple

from django.utils.safestring import SafeString

from comparison.page.charts.frame import HEIGHT, WIDTH, Axis, frame
from comparison.page.charts.looks import MARKS, Look
from comparison.page.charts.svg import GROUND, MUTED, drawing, element, text

ROW, KEY_WIDTH, MARGIN = 22.0, 250.0, 14.0


class Point(NamedTuple):
    """``said``: what a pointer that rests on it is told. ``unsure``: it is drawn hollow."""

    x: float
    y: float
    said: str = ""
    unsure: bool = False


@dataclass(frozen=True)
class Series:
    """``value`` stands behind the name in the key. Without ``marks`` it is a curve and no
    measurement."""

    name: str
    look: Look
    points: tuple[Point, ...]
    value: str = ""
    marks: bool = True


@dataclass(frozen=True)
class Plot:
    """``description`` says in words what is to be seen."""

    id: str
    title: str
    description: str
    x: Axis
    y: Axis
    series: tuple[Series, ...]
    key_title: str = ""


def lines(plot: Plot) -> SafeString:
    """Its key is left to the page, which has it as text."""
    return _drawing(plot, WIDTH, HEIGHT)


def lines_alone(plot: Plot, caption: str) -> SafeString:
    """With its key: a picture that needs no page around it."""
    height = max(HEIGHT, 58 + ROW * len(plot.series)) + ROW
    left = WIDTH + 20
    said = [
        text(plot.key_title, left, 16, class_="muted", fill=MUTED),
        text(caption, 2, height - 8, class_="muted", fill=MUTED, font_size=11),
    ]
    key = (
        element(
            "g",
            *_swatch(each),
            text(each.name, 36, 4),
            text(each.value, KEY_WIDTH, 4, text_anchor="end", font_weight=600),
            transform=f"translate({left:g} {40 + ROW * number:g})",
        )
        for number, each in enumerate(plot.series)
    )
    return _drawing(plot, left + KEY_WIDTH, height, *said, *key, margin=MARGIN)


def swatch(series: Series) -> SafeString:
    """A small picture of its line and mark, for a key; a screen reader passes over it."""
    return element(
        "svg",
        element("g", *_swatch(series), transform="translate(0 8)"),
        class_="plot swatch",
        viewBox="0 0 30 16",
        width=30,
        height=16,
        aria_hidden="true",
        focusable="false",
    )


def _drawing(
    plot: Plot, width: float, height: float, *key: SafeString, margin: float = 0
) -> SafeString:
    # The first of the key stands on top.
    drawn = (_series(plot, number) for number in reversed(range(len(plot.series))))
    inside = (*frame(plot.x, plot.y), *drawn, *key)
    said = (plot.title, plot.description)
    return drawing(plot.id, width, height, *said, *inside, margin=margin)


def _series(plot: Plot, number: int) -> SafeString:
    series = plot.series[number]
    places = [(plot.x.scale(point.x), plot.y.scale(point.y)) for point in series.points]
    path = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in places)
    marks = (
        element(
            "g",
            *([element("title", point.said)] if point.said else []),
            _mark(series.look, point.unsure),
            transform=f"translate({x:.1f} {y:.1f})",
        )
        for point, (x, y) in zip(series.points, places, strict=True)
        if series.marks
    )
    line = _line(series.look, path) if len(places) > 1 else ""
    return element("g", line, *marks, class_=f"series s{number} {series.look.class_}")


def _swatch(series: Series) -> list[SafeString]:
    mark = [element("g", _mark(series.look), transform="translate(15 0)")] if series.marks else []
    return [element("g", _line(series.look, "M0 0L30 0"), *mark, class_=series.look.class_)]


def _line(look: Look, path: str) -> SafeString:
    return element(
        "path",
        class_="line",
        d=path,
        fill="none",
        stroke=look.ink,
        stroke_width=2,
        stroke_dasharray=look.dash or None,
        stroke_linejoin="round",
    )


def _mark(look: Look, unsure: bool = False) -> SafeString:
    hollow = look.hollow or unsure
    return element(
        "path",
        class_="mark hollow" if hollow else "mark",
        d=MARKS[look.mark],
        fill=GROUND if hollow else look.ink,
        stroke=look.ink,
        stroke_width=1.6,
    )
