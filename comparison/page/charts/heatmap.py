"""A heat map of shares: rows × columns, a number in each cell, so that the colour only helps."""

from dataclasses import dataclass

from django.utils.safestring import SafeString

from comparison.page.charts.svg import MUTED, drawing, element, text
from comparison.page.wording import share

WIDTH, LEFT, TOP, ROW = 420.0, 156.0, 18.0, 27.0
GAP, LEAST, LINE_HEIGHT = 2.0, 56.0, 13.0

GRADES = (
    (1.0, "all", "#d4e9e6", "#0d3b3f"),
    (0.9, "most", "#fdf0c4", "#4a3300"),
    (0.5, "half", "#f9c877", "#452300"),
    (0.000001, "few", "#d9702f", "#1f0d00"),
    (0.0, "none", "#7a1c16", "#ffffff"),
)
"""From this share on: the grade's class, its ground and its ink."""


@dataclass(frozen=True)
class Cell:
    """``share`` from 0 to 1; None where nothing was measured."""

    share: float | None
    said: str = ""


@dataclass(frozen=True)
class HeatMap:
    """``cells`` row by row. ``columns`` may have a line break in their names."""

    id: str
    title: str
    description: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    cells: tuple[tuple[Cell, ...], ...]


def heat_map(given: HeatMap) -> SafeString:
    columns = max(1, len(given.columns))
    whole = max(WIDTH, LEFT + LEAST * columns)
    width = (whole - LEFT) / columns
    top = TOP + LINE_HEIGHT * (max((name.count("\n") for name in given.columns), default=0))
    heads = (
        text(
            word,
            LEFT + (column + 0.5) * width,
            top - 7 - LINE_HEIGHT * (len(words) - 1 - line),
            class_="muted",
            fill=MUTED,
            font_size=11,
            text_anchor="middle",
        )
        for column, name in enumerate(given.columns)
        for words in [name.split("\n")]
        for line, word in enumerate(words)
    )
    rows = (
        element(
            "g",
            text(name, 0, ROW / 2 + 4),
            *(_cell(cell, LEFT + column * width, width) for column, cell in enumerate(cells)),
            transform=f"translate(0 {top + number * ROW:g})",
        )
        for number, (name, cells) in enumerate(zip(given.rows, given.cells, strict=True))
    )
    height = top + ROW * len(given.rows) + 2
    return drawing(
        given.id, whole, height, given.title, given.description, *heads, *rows, wide=whole > WIDTH
    )


def grade(shown: float) -> tuple[str, str, str]:
    """Class, ground and ink. All is only all; 0 is only 0."""
    return next((each[1:] for each in GRADES if shown >= each[0]), GRADES[-1][1:])


def _cell(cell: Cell, x: float, width: float) -> SafeString:
    middle = {"text_anchor": "middle", "font_size": 11.5}
    if cell.share is None:
        return text("–", x + width / 2, ROW / 2 + 4, class_="muted", fill=MUTED, **middle)
    name, ground, ink = grade(cell.share)
    box = element(
        "rect", x=x + GAP / 2, y=GAP / 2, width=width - GAP, height=ROW - GAP, rx=3, fill=ground
    )
    number = element("text", share(cell.share), x=x + width / 2, y=ROW / 2 + 4, fill=ink, **middle)
    title = [element("title", cell.said)] if cell.said else []
    return element("g", *title, box, number, class_=f"grade {name}")
