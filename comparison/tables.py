"""A table of the comparison: defined once, for the page, the terminal and README.

``templates/comparison/_table.html`` renders it as HTML, and the command ``compare`` as Markdown and
with rich, which the page's process need not load.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal

import msgspec

from comparison.formats import UNKNOWN, sentences

Tone = Literal["good", "some", "bad", ""]


def no_tone(row: Any) -> Tone:
    return ""


@dataclass(frozen=True)
class Column:
    """``value`` of a row, or the name of an attribute of it; None where it is not known. ``text``
    writes it down. ``tone`` colours it in the terminal."""

    heading: str
    value: str | Callable[[Any], Any]
    text: Callable[[Any], str] = str
    tone: Callable[[Any], Tone] = no_tone

    def cell(self, row: Any) -> str:
        value = getattr(row, self.value) if isinstance(self.value, str) else self.value(row)
        return UNKNOWN if value is None else self.text(value)


@dataclass(frozen=True)
class Table:
    """The first column names the row; the others are numbers. ``fold``: the page shows it when it
    is opened. ``page`` and ``terminal``: whether each of them shows it."""

    caption: str
    columns: Sequence[Column]
    rows: Sequence[Any]
    fold: bool = False
    page: bool = True
    terminal: bool = True

    @property
    def headings(self) -> list[str]:
        return [column.heading for column in self.columns]

    @property
    def cells(self) -> list[list[str]]:
        return [[column.cell(row) for column in self.columns] for row in self.rows]


class Layout(msgspec.Struct, frozen=True):
    """A table without its rows, as a part's ``tables.toml`` has it. A column's heading stands
    before what is shown of a row: a sentence with slots (``formats.sentences``), as the caption
    is."""

    caption: str
    columns: dict[str, str]
    fold: bool = False
    page: bool = True
    terminal: bool = True

    def table(
        self,
        rows: Iterable[Mapping[str, Any]],
        *,
        first: Sequence[Column] = (),
        last: Sequence[Column] = (),
        tones: Mapping[str, Callable[[Any], Tone]] | None = None,
        **slots: Any,
    ) -> Table:
        """``rows`` have the values of the columns' slots, ``slots`` those of the caption. ``first``
        and ``last``: columns before and behind its own; ``tones`` of its own, by heading."""
        columns = [
            Column(heading, partial(_shown, template), tone=(tones or {}).get(heading, no_tone))
            for heading, template in self.columns.items()
        ]
        return Table(
            sentences([self.caption], slots),
            [*first, *columns, *last],
            list(rows),
            self.fold,
            self.page,
            self.terminal,
        )


def _shown(template: str, row: Mapping[str, Any]) -> str | None:
    return sentences([template], row) or None


def layouts(module: str) -> dict[str, Layout]:
    """Those of the TOML file beside this module."""
    file = Path(module).with_suffix(".toml")
    return msgspec.toml.decode(file.read_bytes(), type=dict[str, Layout])


def count(number: float) -> str:
    """``1,712``"""
    return f"{number:,.0f}"


def heat_columns(
    headings: Mapping[str, str], cell: Callable[[str, Any], Any], text: Callable[[Any], str]
) -> list[Column]:
    """Of a heat map: for each name what ``cell`` has for it and the row, or None, as ``text`` and
    in the colour of its ``share``."""

    def tone(name: str, row: Any) -> Tone:
        share = getattr(cell(name, row), "share", None)
        return "" if share is None else "good" if share == 1 else "some" if share else "bad"

    return [
        Column(heading, partial(cell, name), text, partial(tone, name))
        for name, heading in headings.items()
    ]
