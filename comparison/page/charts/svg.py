"""SVG as text, element by element."""

from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe

FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'DejaVu Sans', sans-serif"
INK, MUTED, LINE, GROUND = "#221f1b", "#6b645a", "#e2dcd0", "#ffffff"


def element(name: str, *inside: str, **attributes: object) -> SafeString:
    """``<name …>inside</name>``, escaped. ``class_`` is ``class``, ``text_anchor`` is
    ``text-anchor``; an attribute that is None is left out; numbers have two decimals at most."""
    named = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{conditional_escape(_text(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    content = "".join(conditional_escape(each) for each in inside)
    return mark_safe(f"<{name}{named}>{content}</{name}>" if content else f"<{name}{named}/>")  # noqa: S308 - escaped


def drawing(
    id: str,
    width: float,
    height: float,
    title: str,
    description: str,
    *inside: str,
    margin: float = 0,
    wide: bool = False,
) -> SafeString:
    """The root. ``title`` and ``description`` are what a screen reader says instead of it.
    ``wide``: it needs more room than other plots for its words to be legible."""
    whole = {"width": width + 2 * margin, "height": height + 2 * margin}
    box = (-margin, -margin, *whole.values())
    return element(
        "svg",
        element("title", title, id=f"{id}-title"),
        element("desc", description, id=f"{id}-desc"),
        element("rect", class_="ground", x=-margin, y=-margin, fill=GROUND, **whole),
        *inside,
        xmlns="http://www.w3.org/2000/svg",
        id=id,
        class_="plot wide" if wide else "plot",
        viewBox=" ".join(map(_text, box)),
        **whole,
        role="img",
        aria_labelledby=f"{id}-title {id}-desc",
        font_family=FONT,
        font_size=12,
    )


def text(content: str, x: float, y: float, **attributes: object) -> SafeString:
    """In the colour of text, where none is given."""
    return element("text", content, x=x, y=y, **{"class_": "ink", "fill": INK, **attributes})


def _text(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.2f}".rstrip("0").rstrip(".")
    return str(value)
