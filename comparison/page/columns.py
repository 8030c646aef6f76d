"""How the architectures of part 4 are named and drawn where there is little room."""

from comparison.page.charts.looks import PLAIN, Look

LOOKS = {
    "one": ("One application", Look("blue", "circle")),
    "modules": ("Modules", Look("green", "square")),
    "services": ("Services", Look("purple", "triangle")),
}


def short(name: str, title: str) -> str:
    return LOOKS[name][0] if name in LOOKS else title


def look(name: str) -> Look:
    return LOOKS.get(name, ("", PLAIN))[1]
