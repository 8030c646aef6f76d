"""Charts as SVG, made on the server: what all kinds share, and lines; with text for screen readers.

Colours and lines are attributes, so that a chart stands alone in any viewer; the page's stylesheet
overrides them by class, for light and dark.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe

Place = tuple[float, float]
# The hues of M. Okabe and K. Ito (Color Universal Design, 2008), darker where a line on white would
# be too faint.
COLOURS = {
    "blue": "#0072b2",
    "red": "#c44e00",
    "purple": "#9b4a86",
    "grey": "#4d4d4d",
    "green": "#007a5a",
    "amber": "#b07800",
}
# Paths around 0, 0.
MARKS = {
    "circle": "M-4 0A4 4 0 1 0 4 0A4 4 0 1 0 -4 0Z",
    "square": "M-3.5 -3.5H3.5V3.5H-3.5Z",
    "triangle": "M0 -4.6L4.4 3.4H-4.4Z",
    "diamond": "M0 -4.9L4.9 0L0 4.9L-4.9 0Z",
}
FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'DejaVu Sans', sans-serif"
INK, MUTED, LINE, GROUND = "#221f1b", "#6b645a", "#e2dcd0", "#ffffff"
WIDTH = 420.0
FRAME = {"xmlns": "http://www.w3.org/2000/svg", "role": "img", "font_family": FONT, "font_size": 12}
SWATCH = {"viewBox": "0 0 30 16", "width": 30, "height": 16, "focusable": "false"}
MIDDLE: dict[str, Any] = {"text_anchor": "middle"}
END: dict[str, Any] = {"text_anchor": "end"}
STRONG: dict[str, Any] = {"font_weight": 600}


def element(name: str, *inside: str, **attributes: object) -> SafeString:
    """``<name …>inside</name>``, escaped. ``class_`` is ``class``, ``text_anchor`` is
    ``text-anchor``; an attribute that is None is left out; numbers have two decimals at most."""
    named = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{conditional_escape(_attribute(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    content = "".join(conditional_escape(each) for each in inside)
    return mark_safe(f"<{name}{named}>{content}</{name}>" if content else f"<{name}{named}/>")  # noqa: S308 - escaped


def text(content: str, x: float, y: float, **attributes: object) -> SafeString:
    return element("text", content, x=x, y=y, **{"class_": "ink", "fill": INK, **attributes})


muted = partial(text, class_="muted", fill=MUTED)


def grouped(*inside: str, at: Place | None = None, label: str = "", **more: object) -> SafeString:
    """``label`` is shown where a pointer rests."""
    title = element("title", label) if label else ""
    place = f"translate({_attribute(at[0])} {_attribute(at[1])})" if at else None
    return element("g", title, *inside, **more, transform=place)


def _attribute(value: object) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)


@dataclass(frozen=True)
class Style:
    """``colour`` and ``mark`` are keys of the two above; ``dash`` is SVG's ``stroke-dasharray``."""

    colour: str = "grey"
    mark: str = "circle"
    dash: str = ""
    hollow: bool = False
    short: str = ""


@dataclass(frozen=True)
class Chart:
    """``title`` and a description are what a screen reader reads instead of the drawing."""

    id: str
    title: str

    def _svg(self, width: float, height: float, words: str, *inside: str, margin: float = 0) -> str:
        # One that is wide needs more room than others for its words to be legible.
        whole = {"width": width + 2 * margin, "height": height + 2 * margin}
        return element(
            "svg",
            element("title", self.title, id=f"{self.id}-title"),
            element("desc", words, id=f"{self.id}-desc"),
            element("rect", class_="ground", x=-margin, y=-margin, fill=GROUND, **whole),
            *inside,
            id=self.id,
            class_="plot wide" if width > WIDTH and not margin else "plot",
            viewBox=" ".join(map(_attribute, (-margin, -margin, *whole.values()))),
            aria_labelledby=f"{self.id}-title {self.id}-desc",
            **whole,
            **FRAME,
        )


# Scales and axes


class Scale(NamedTuple):
    """From values to 0 (``low``) … 1 (``high``). ``ticks`` have a line, ``labels`` a number."""

    low: float
    high: float
    ticks: tuple[float, ...]
    labels: tuple[float, ...]
    bend: Callable[[float], float]

    def __call__(self, value: float) -> float:
        low, high = self.bend(self.low), self.bend(self.high)
        return (self.bend(value) - low) / (high - low)


def linear(values: Iterable[float]) -> Scale:
    """From 0 to a round number that no value exceeds."""
    high = max([0.0, *values]) or 1.0
    step = next(step for step in _steps(high / 10) if high / step <= 5)
    ticks = tuple(step * number for number in range(math.ceil(high / step - 1e-9) + 1))
    return Scale(0.0, ticks[-1], ticks, ticks, float)


def logarithmic(values: Iterable[float]) -> Scale:
    """From 1, 2 or 5 times a power of ten to another, around all values above 0; of values that
    are all 0, around 1."""
    above = [value for value in values if value > 0] or [1.0]
    low = max(step for step in _steps(min(above) / 10) if step <= min(above) * (1 + 1e-9))
    high = next(step for step in _steps(max(above)) if step >= max(above) * (1 - 1e-9))
    high = high if high > low else low * 10
    ticks = tuple(step for step in _steps(low) if low <= step <= high)
    labels = [tick for tick in ticks if high / low <= 100 or math.log10(tick).is_integer()]
    return Scale(low, high, ticks, tuple(labels), math.log10)


def _steps(above: float) -> list[float]:
    """1, 2 and 5 times each power of ten, from about ``above`` on, over eight decades."""
    first = math.floor(math.log10(above))
    return [float(f"{step:g}e{power}") for power in range(first, first + 8) for step in (1, 2, 5)]


class Axis(NamedTuple):
    """``name`` with its unit; ``number`` writes a value down."""

    name: str
    scale: Scale
    number: Callable[[float], str] = "{:,g}".format

    def at(self, value: float, low: float, high: float) -> float:
        """Where the value is on an axis between these places."""
        return low + self.scale(value) * (high - low)

    def ticks(self, low: float, high: float) -> Iterator[tuple[float, str]]:
        """Where each tick is, and its number if it has one."""
        for value in self.scale.ticks:
            label = self.number(value) if value in self.scale.labels else ""
            yield self.at(value, low, high), label


# Lines

HEIGHT = 350.0
LEFT, RIGHT, TOP, BOTTOM = 52.0, 400.0, 30.0, 304.0
LABEL_DISTANCE = 26.0  # between numbers below an axis, at least
KEY_ROW, KEY_WIDTH, MARGIN = 22.0, 250.0, 14.0
LETTER_WIDTH, VALUE_WIDTH = 6.2, 60.0  # of a letter on average; of a value in the key


class Point(NamedTuple):
    """``label`` is shown where a pointer rests on it. ``unsure``: it is drawn hollow."""

    x: float
    y: float
    label: str = ""
    unsure: bool = False


class Series(NamedTuple):
    """``value`` stands behind the name in the key. Without ``marks`` it is a calculated curve."""

    name: str
    style: Style
    points: tuple[Point, ...]
    value: str = ""
    marks: bool = True

    def swatch(self) -> SafeString:
        """A small picture of its line and mark, for a key; hidden from screen readers."""
        sample = grouped(self.sample(), at=(0, 8))
        return element("svg", sample, class_="plot swatch", aria_hidden="true", **SWATCH)

    def drawn(self, number: int, places: Sequence[Place]) -> SafeString:
        path = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in places)
        marks = (
            grouped(_mark(self.style, point.unsure), at=place, label=point.label)
            for point, place in zip(self.points, places, strict=True)
            if self.marks
        )
        line = _line(self.style, path) if len(places) > 1 else ""
        return grouped(line, *marks, class_=f"series s{number} in-{self.style.colour}")

    def sample(self) -> SafeString:
        mark = grouped(_mark(self.style), at=(15, 0)) if self.marks else ""
        return grouped(_line(self.style, "M0 0L30 0"), mark, class_=f"in-{self.style.colour}")


@dataclass(frozen=True)
class LineChart(Chart):
    """A value over another, for several series at once. Its key is the page's, as text."""

    description: str
    x: Axis
    y: Axis
    series: tuple[Series, ...]
    key_title: str = ""

    def svg(self) -> str:
        return self._svg(WIDTH, HEIGHT, self.description, *self._inside())

    def svg_alone(self, caption: str) -> str:
        """With its key: a picture that needs no page around it."""
        height = max(HEIGHT, 58 + KEY_ROW * len(self.series)) + KEY_ROW
        longest = max((len(each.name) for each in self.series), default=0)
        key = max(KEY_WIDTH, 36 + LETTER_WIDTH * longest + VALUE_WIDTH)
        words = (muted(self.key_title, WIDTH + 20, 16), muted(caption, 2, height - 8, font_size=11))
        inside = [*self._inside(), *words]
        for row, each in enumerate(self.series):
            name, value = text(each.name, 36, 4), text(each.value, key, 4, **END, **STRONG)
            at = (WIDTH + 20, 40 + KEY_ROW * row)
            inside.append(grouped(each.sample(), name, value, at=at))
        return self._svg(WIDTH + 20 + key, height, self.description, *inside, margin=MARGIN)

    def _inside(self) -> Iterator[SafeString]:
        """The axes, and on them the lines: the first of the key stands on top."""
        for y, label in self.y.ticks(BOTTOM, TOP):
            yield _rule(label, x1=LEFT, x2=RIGHT, y1=y, y2=y)
            if label:
                yield muted(label, LEFT - 7, y + 4, **END)
        yield muted(self.y.name, 2, 16)
        last = -LABEL_DISTANCE
        for x, label in self.x.ticks(LEFT, RIGHT):
            yield _rule(label, x1=x, x2=x, y1=TOP, y2=BOTTOM)
            if label and x - last >= LABEL_DISTANCE:
                last = x
                yield muted(label, x, BOTTOM + 17, **MIDDLE)
        yield muted(self.x.name, RIGHT, BOTTOM + 38, **END)
        for number, each in reversed(list(enumerate(self.series))):
            x_y = [(self.x.at(p.x, LEFT, RIGHT), self.y.at(p.y, BOTTOM, TOP)) for p in each.points]
            yield each.drawn(number, x_y)


def _rule(label: str, **place: float) -> SafeString:
    class_, opacity = ("rule", None) if label else ("rule faint", 0.5)
    return element("line", class_=class_, **place, stroke=LINE, stroke_opacity=opacity)


def _line(style: Style, path: str) -> SafeString:
    ink = COLOURS[style.colour]
    look = {"fill": "none", "stroke": ink, "stroke_width": 2, "stroke_linejoin": "round"}
    return element("path", class_="line", d=path, stroke_dasharray=style.dash or None, **look)


def _mark(style: Style, unsure: bool = False) -> SafeString:
    ink = COLOURS[style.colour]
    class_, fill = ("mark hollow", GROUND) if style.hollow or unsure else ("mark", ink)
    look = {"fill": fill, "stroke": ink, "stroke_width": 1.6}
    return element("path", class_=class_, d=MARKS[style.mark], **look)
