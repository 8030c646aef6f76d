"""Colours, marks, lines and short names of everything that a chart shows (``styles.toml``).

By name, because the results file has names: the page does not load the ways themselves.
"""

import tomllib
from dataclasses import dataclass
from pathlib import Path

import msgspec

TABLES = tomllib.loads(Path(__file__).with_suffix(".toml").read_text())
COLOURS: dict[str, str] = TABLES["colours"]
MARKS: dict[str, str] = TABLES["marks"]


@dataclass(frozen=True)
class Style:
    """``colour`` and ``mark`` are keys of the two above; ``dash`` is SVG's ``stroke-dasharray``."""

    colour: str = "grey"
    mark: str = "circle"
    dash: str = ""
    hollow: bool = False
    short: str = ""

    @property
    def ink(self) -> str:
        return COLOURS[self.colour]

    @property
    def class_(self) -> str:
        return f"in-{self.colour}"


PLAIN = Style()
"""Of what has none of its own."""
STYLES = msgspec.convert(TABLES["shown"], dict[str, Style])


def style_of(name: str) -> Style:
    return STYLES.get(name, PLAIN)


def short_name(name: str, title: str) -> str:
    """``title`` where it has no short one."""
    return style_of(name).short or title
