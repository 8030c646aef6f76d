"""How the ways are named and drawn where there is little room.

By name, because the results file has names: the page does not load the ways themselves. A family
has a colour, its members have a mark and a line each.
"""

from comparison.page.charts.looks import PLAIN, Look

DASHED, DOTTED = "6 4", "2 3"

SHORT: dict[str, tuple[str, Look]] = {
    "monolith-join": ("Monolith, join", Look("blue", "circle")),
    "monolith-loop": ("Monolith, N + 1 loop", Look("blue", "square", DASHED)),
    "per-post": ("Per post, in turn", Look("red", "circle")),
    "per-post-six": ("Per post, six at a time", Look("red", "triangle", DASHED, hollow=True)),
    "gateway-sequential": ("Gateway, per post", Look("purple", "circle", DASHED)),
    "gateway-parallel": ("Gateway, eight at a time", Look("purple", "triangle", DOTTED, True)),
    "gateway-batched": ("Gateway, one call", Look("purple", "diamond")),
    "direct": ("Both databases", Look("grey", "square", DOTTED, hollow=True)),
    "read-model": ("Read model", Look("green", "circle")),
    "read-model-cached": ("Read model, cached", Look("green", "square", DASHED)),
    "read-model-unchanged": ("Read model, unchanged", Look("green", "diamond", DOTTED, True)),
    # How a newcomer gets the past.
    "requests-per-post": ("Requests, by post", Look("red", "circle")),
    "requests-batched": ("Requests, batched", Look("purple", "diamond")),
    "events-caught-up": ("Events, caught up", Look("green", "circle")),
    "events-replayed": ("Events, replayed", Look("green", "square", DASHED)),
    # How events travel.
    "bus": ("Bus, no store", Look("red", "circle")),
    "broker": ("Broker alone", Look("amber", "square")),
    "store": ("Event store", Look("green", "diamond")),
}


def short(name: str, title: str) -> str:
    """``title`` where the way is a new one."""
    return SHORT[name][0] if name in SHORT else title


def look(name: str) -> Look:
    return SHORT[name][1] if name in SHORT else PLAIN
