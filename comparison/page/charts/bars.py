"""Bars, from left to right, in groups, each with its name and its number in words beside it."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.safestring import SafeString

from comparison.page.charts.looks import Look
from comparison.page.charts.svg import MUTED, drawing, element, text

WIDTH, ROOM = 420.0, 78.0
"""ROOM is what the number behind the longest bar needs."""
LETTER = 6.9
"""The width that a letter of a name takes, at most, on average."""
BAR, HEAD, BETWEEN = 17.0, 21.0, 13.0
THIN = 1.5
"""What is not nothing is seen."""


@dataclass(frozen=True)
class Bar:
    """``value`` is None where there is none; ``number`` then says why, in a word."""

    name: str
    value: float | None
    number: str
    look: Look


@dataclass(frozen=True)
class Group:
    """Bars of one measure. Without a ``name`` it has no head."""

    name: str
    bars: tuple[Bar, ...]


@dataclass(frozen=True)
class Bars:
    """``together``: all groups have one scale. Each has its own else."""

    id: str
    title: str
    description: str
    groups: tuple[Group, ...]
    together: bool = False


def bars(given: Bars) -> SafeString:
    of_all = _longest(bar for group in given.groups for bar in group.bars)
    left = LETTER * max((len(bar.name) for group in given.groups for bar in group.bars), default=0)
    parts, y = [], 4.0
    for group in given.groups:
        longest = of_all if given.together else _longest(group.bars)
        if group.name:
            parts.append(text(group.name, 0, y + 12, font_weight=600))
            y += HEAD
        for bar in group.bars:
            parts.append(_bar(bar, longest, left, y))
            y += BAR + 5
        y += BETWEEN if len(given.groups) > 1 else 0
    return drawing(given.id, WIDTH, max(y, BAR), given.title, given.description, *parts)


def _longest(all_: Iterable[Bar]) -> float:
    return max((bar.value for bar in all_ if bar.value is not None), default=0.0) or 1.0


def _bar(bar: Bar, longest: float, left: float, y: float) -> SafeString:
    middle = BAR / 2 + 4
    name = text(bar.name, left, middle, text_anchor="end")
    if bar.value is None:
        none = text(bar.number, left + 8, middle, class_="muted", fill=MUTED)
        return element("g", name, none, transform=f"translate(0 {y:g})")
    width = max(bar.value / longest * (WIDTH - left - 8 - ROOM), THIN if bar.value else 0.0)
    box = element(
        "rect", class_="bar", x=left + 8, y=0, width=width, height=BAR, rx=2, fill=bar.look.ink
    )
    number = text(bar.number, left + width + 14, middle, font_weight=600)
    return element("g", name, box, number, class_=bar.look.class_, transform=f"translate(0 {y:g})")
