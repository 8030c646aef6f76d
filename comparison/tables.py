"""A table of the comparison: defined once, for the page, the terminal and README.

``templates/comparison/_table.html`` renders it as HTML, and the command ``compare`` as Markdown and
with rich, which the page's process need not load.
"""

import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal

from comparison.formats import UNKNOWN, sentences

Tone = Literal["good", "some", "bad", ""]


@dataclass(frozen=True)
class Column:
    """``value`` of a row, or the name of an attribute of it; None where it is not known. ``text``
    writes it down. ``tone`` colours it in the terminal."""

    heading: str
    value: str | Callable[[Any], Any]
    text: Callable[[Any], str] = str
    tone: Callable[[Any], Tone] = lambda row: ""

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


@dataclass(frozen=True)
class Layout:
    """A table without its rows, as ``tables.toml`` has it: ``text`` has fields of ``Table``. A
    column's heading stands before what is shown of a row: a sentence with slots
    (``formats.sentences``), as the caption is."""

    text: dict[str, Any]

    def table(
        self,
        rows: Iterable[Mapping[str, Any]],
        *,
        first: Sequence[Column] = (),
        last: Sequence[Column] = (),
        tones: Mapping[str, Callable[[Any], Tone]] = {},
        **slots: Any,
    ) -> Table:
        """``rows`` have the values of the columns' slots, ``slots`` those of the caption. ``first``
        and ``last``: columns before and behind its own; ``tones`` of its own, by heading."""
        columns = [
            Column(heading, partial(_shown, template), tone=tones.get(heading, lambda row: ""))
            for heading, template in self.text["columns"].items()
        ]
        caption, columns = sentences([self.text["caption"]], slots), [*first, *columns, *last]
        return Table(**self.text | {"caption": caption, "columns": columns, "rows": list(rows)})


def _shown(template: str, row: Mapping[str, Any]) -> str | None:
    return sentences([template], row) or None


def layouts(module: str) -> dict[str, Layout]:
    """Those of the TOML file beside this module."""
    texts = tomllib.loads(Path(module).with_suffix(".toml").read_text())
    return {name: Layout(text) for name, text in texts.items()}


count: Callable[[float], str] = "{:,.0f}".format  # ``1,712``


def heat_columns(
    headings: Mapping[str, str], cell: Callable[[str, Any], Any], text: Callable[[Any], str]
) -> list[Column]:
    """Of a heat map: for each name what ``cell`` has for it and the row, or None, as ``text`` and
    in the colour of its ``share``."""

    def tone(name: str, row: Any) -> Tone:
        share = getattr(cell(name, row), "share", None)
        return "" if share is None else "good" if share == 1 else "some" if share else "bad"

    names = headings.items()
    return [Column(title, partial(cell, name), text, partial(tone, name)) for name, title in names]
