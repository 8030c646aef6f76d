"""The comparison's charts: bars and heat maps, and how what is compared looks in them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from django.utils.safestring import SafeString

from comparison.formats import share
from comparison.results import Named
from web.charts import (
    COLOURS,
    END,
    MIDDLE,
    STRONG,
    WIDTH,
    Chart,
    Style,
    element,
    grouped,
    muted,
    text,
)

TABLES: Any = msgspec.toml.decode(Path(__file__).with_name("styles.toml").read_bytes())

# By name, because the results file has names: the page does not load the ways themselves.
STYLES = msgspec.convert(TABLES["shown"], dict[str, Style])


def style_of(named: Named) -> Style:
    return STYLES.get(named.name, Style())


def short_name(named: Named) -> str:
    return style_of(named).short or named.title


# Bars

NUMBER_WIDTH = 78.0  # what the number behind the longest bar needs
LETTER_WIDTH = 6.9  # on average, at most
BAR, HEAD, BETWEEN = 17.0, 21.0, 13.0
THINNEST = 1.5  # of a bar that is not 0


class Bar(NamedTuple):
    """``value`` is None where there is none; ``number`` then is the reason, in a word."""

    name: str
    value: float | None
    number: str
    style: Style

    @classmethod
    def of(cls, named: Named, value: float | None, number: Callable[[float | None], str]) -> "Bar":
        """Of a way or an architecture, with its own name and style."""
        written = "not measured" if value is None else number(value)
        return cls(short_name(named), value, written, style_of(named))

    def drawn(self, longest: float, left: float, y: float) -> SafeString:
        middle = BAR / 2 + 4
        name = text(self.name, left, middle, **END)
        if self.value is None:
            return grouped(name, muted(self.number, left + 8, middle), at=(0, y))
        full = WIDTH - left - 8 - NUMBER_WIDTH
        width = max(self.value / longest * full, THINNEST if self.value else 0.0)
        size = {"x": left + 8, "y": 0, "width": width, "height": BAR, "rx": 2}
        box = element("rect", class_="bar", **size, fill=COLOURS[self.style.colour])
        number = text(self.number, left + width + 14, middle, **STRONG)
        return grouped(name, box, number, class_=f"in-{self.style.colour}", at=(0, y))


@dataclass(frozen=True)
class BarChart(Chart):
    """Bars of each measure by its name, which is its head if there is one. ``together``: all have
    one scale; else each measure has its own."""

    groups: Mapping[str, Sequence[Bar]]
    together: bool = False

    def svg(self) -> str:
        every = [bar for bars in self.groups.values() for bar in bars]
        left = LETTER_WIDTH * max((len(bar.name) for bar in every), default=0)
        parts, described, y = [], [], 4.0
        for name, bars in self.groups.items():
            values = [bar.value or 0.0 for bar in (every if self.together else bars)]
            longest = max(values, default=0.0) or 1.0
            if name:
                parts.append(text(name, 0, y + 12, **STRONG))
                y += HEAD
            for bar in bars:
                parts.append(bar.drawn(longest, left, y))
                y += BAR + 5
            y += BETWEEN if len(self.groups) > 1 else 0
            in_words = ", ".join(f"{bar.name} {bar.number}" for bar in bars)
            described.append(f"{name}: {in_words}" if name else in_words)
        return self._svg(WIDTH, max(y, BAR), "; ".join(described), *parts)


# Heat maps

ROW_NAMES, COLUMN_NAMES, ROW = 156.0, 18.0, 27.0
GAP, NARROWEST, LINE_HEIGHT = 2.0, 56.0, 13.0
GRADES: list[tuple[float, str, str, str]] = TABLES["grades"]


class Square(NamedTuple):
    """``share`` from 0 to 1; None where nothing was measured. ``label`` for a pointer."""

    share: float | None
    label: str = ""

    def drawn(self, x: float, width: float) -> SafeString:
        place = {"x": x + width / 2, "y": ROW / 2 + 4}
        if self.share is None:
            return muted("–", **place, **MIDDLE, font_size=11.5)
        # All is only all; 0 is only 0.
        grades = (each for each in GRADES if self.share >= each[0])
        _, name, ground, ink = next(grades, GRADES[-1])
        size = {"width": width - GAP, "height": ROW - GAP}
        box = element("rect", x=x + GAP / 2, y=GAP / 2, **size, rx=3, fill=ground)
        number = element("text", share(self.share), **place, fill=ink, **MIDDLE, font_size=11.5)
        return grouped(box, number, label=self.label, class_=f"grade {name}")


@dataclass(frozen=True)
class HeatMap(Chart):
    """A ``square`` for each way (a row) and each target (a column, its name may have line breaks)
    that is in this ``state``. ``described``: the shares of all ways, by name, in words."""

    ways: Sequence[Named]
    targets: Sequence[Named]
    state: str
    square: Callable[[Named, Named], Square]
    described: Callable[[dict[str, float | None]], str]

    def svg(self) -> str:
        columns = [(target, short_name(target).split("\n")) for target in self.targets]
        whole = max(WIDTH, ROW_NAMES + NARROWEST * len(columns))
        width = (whole - ROW_NAMES) / max(1, len(columns))
        lines = max((len(words) for _, words in columns), default=1)
        top = COLUMN_NAMES + LINE_HEIGHT * (lines - 1)
        parts, described = [], []
        for column, (target, words) in enumerate(columns):
            x = ROW_NAMES + (column + 0.5) * width
            for line, word in enumerate(words, start=1):
                y = top - 7 - LINE_HEIGHT * (len(words) - line)
                parts.append(muted(word, x, y, font_size=11, **MIDDLE))
            shares = {short_name(way): self.square(way, target).share for way in self.ways}
            described.append(f"{target.title} {self.state}: {self.described(shares)}")
        for row, way in enumerate(self.ways):
            squares = [self.square(way, target) for target in self.targets]
            drawn = (each.drawn(ROW_NAMES + at * width, width) for at, each in enumerate(squares))
            name = text(short_name(way), 0, ROW / 2 + 4)
            parts.append(grouped(name, *drawn, at=(0, top + row * ROW)))
        return self._svg(whole, top + ROW * len(self.ways) + 2, "; ".join(described), *parts)
