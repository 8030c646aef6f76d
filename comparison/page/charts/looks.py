"""Colours, marks and lines that tell series apart: any one of the three alone does within a family,
so that nobody has to see colours.

The hues are those of M. Okabe and K. Ito (Color Universal Design, 2008), darker where a line on
white would be too faint.
"""

from dataclasses import dataclass

COLOURS = {
    "blue": "#0072b2",
    "red": "#c44e00",
    "purple": "#9b4a86",
    "grey": "#4d4d4d",
    "green": "#007a5a",
    "amber": "#b07800",
}

MARKS = {
    "circle": "M-4 0A4 4 0 1 0 4 0A4 4 0 1 0 -4 0Z",
    "square": "M-3.5 -3.5H3.5V3.5H-3.5Z",
    "triangle": "M0 -4.6L4.4 3.4H-4.4Z",
    "diamond": "M0 -4.9L4.9 0L0 4.9L-4.9 0Z",
}


@dataclass(frozen=True)
class Look:
    """``colour`` and ``mark`` are keys of the two above; ``dash`` as SVG has it."""

    colour: str
    mark: str = "circle"
    dash: str = ""
    hollow: bool = False

    @property
    def ink(self) -> str:
        return COLOURS[self.colour]

    @property
    def class_(self) -> str:
        return f"in-{self.colour}"


PLAIN = Look("grey")
"""Of what has none of its own."""
