"""Colours, marks, lines and short names of everything that a chart shows.

Two series of a family differ in colour, mark or line, so that nobody has to see
colours. The hues are those of M. Okabe and K. Ito (Color Universal Design, 2008), darker where a
line on white would be too faint. By name, because the results file has names: the page does not
load the ways themselves.
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
class Style:
    """``colour`` and ``mark`` are keys of the two above; ``dash`` is SVG's ``stroke-dasharray``."""

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


PLAIN = Style("grey")
"""Of what has none of its own."""

DASHED, DOTTED = "6 4", "2 3"

SHORT: dict[str, tuple[str, Style]] = {
    "monolith-join": ("Monolith, join", Style("blue", "circle")),
    "monolith-loop": ("Monolith, N + 1 loop", Style("blue", "square", DASHED)),
    "per-post": ("Per post, in turn", Style("red", "circle")),
    "per-post-six": ("Per post, six at a time", Style("red", "triangle", DASHED, hollow=True)),
    "gateway-sequential": ("Gateway, per post", Style("purple", "circle", DASHED)),
    "gateway-parallel": ("Gateway, eight at a time", Style("purple", "triangle", DOTTED, True)),
    "gateway-batched": ("Gateway, one call", Style("purple", "diamond")),
    "direct": ("Both databases", Style("grey", "square", DOTTED, hollow=True)),
    "read-model": ("Read model", Style("green", "circle")),
    "read-model-cached": ("Read model, cached", Style("green", "square", DASHED)),
    "read-model-unchanged": ("Read model, unchanged", Style("green", "diamond", DOTTED, True)),
    # How a new service gets the history.
    "requests-per-post": ("Requests, by post", Style("red", "circle")),
    "requests-batched": ("Requests, batched", Style("purple", "diamond")),
    "events-caught-up": ("Events, caught up", Style("green", "circle")),
    "events-replayed": ("Events, replayed", Style("green", "square", DASHED)),
    # How events travel.
    "bus": ("Bus, no store", Style("red", "circle")),
    "broker": ("Broker alone", Style("amber", "square")),
    "store": ("Event store", Style("green", "diamond")),
    # What each architecture costs.
    "one": ("One application", Style("blue", "circle")),
    "modules": ("Modules", Style("green", "square")),
    "services": ("Services", Style("purple", "triangle")),
}


def short_name(name: str, title: str) -> str:
    """``title`` where this is not one of ours."""
    return SHORT[name][0] if name in SHORT else title


def style_of(name: str) -> Style:
    return SHORT[name][1] if name in SHORT else PLAIN
