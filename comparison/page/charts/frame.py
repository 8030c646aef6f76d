"""The frame of a plot: two axes with their ticks, numbers and names."""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.safestring import SafeString

from comparison.page.charts.scales import Scale
from comparison.page.charts.svg import LINE, MUTED, element, text

WIDTH, HEIGHT = 420.0, 350.0
LEFT, RIGHT, TOP, BOTTOM = 52.0, 400.0, 30.0, 304.0
NEAR = 26.0
"""So far apart the numbers below an axis have to be."""

Number = Callable[[float], str]


@dataclass(frozen=True)
class Axis:
    """``name`` with its unit; ``number`` writes a value down."""

    name: str
    scale: Scale
    number: Number = "{:,g}".format


def frame(x: Axis, y: Axis) -> list[SafeString]:
    """``x`` runs from LEFT to RIGHT, ``y`` from BOTTOM up to TOP."""
    parts = [
        _rule(LEFT, RIGHT, y.scale(tick), y.scale(tick), tick in y.scale.labels)
        for tick in y.scale.ticks
    ]
    parts += [
        _rule(x.scale(tick), x.scale(tick), TOP, BOTTOM, tick in x.scale.labels)
        for tick in x.scale.ticks
    ]
    parts += [
        _number(y.number(tick), LEFT - 7, y.scale(tick) + 4, "end") for tick in y.scale.labels
    ]
    last = -NEAR
    for tick in x.scale.labels:
        if x.scale(tick) - last >= NEAR:
            last = x.scale(tick)
            parts.append(_number(x.number(tick), last, BOTTOM + 17, "middle"))
    parts.append(text(y.name, 2, 16, class_="muted", fill=MUTED))
    parts.append(text(x.name, RIGHT, BOTTOM + 38, class_="muted", fill=MUTED, text_anchor="end"))
    return parts


def _rule(x1: float, x2: float, y1: float, y2: float, strong: bool) -> SafeString:
    return element(
        "line",
        class_="rule" if strong else "rule faint",
        x1=x1,
        x2=x2,
        y1=y1,
        y2=y2,
        stroke=LINE,
        stroke_opacity=None if strong else 0.5,
    )


def _number(written: str, x: float, y: float, anchor: str) -> SafeString:
    return text(written, x, y, class_="muted", fill=MUTED, text_anchor=anchor)
