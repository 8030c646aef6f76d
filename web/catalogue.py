"""The page /api/events/catalogue/: who publishes and who consumes which event."""

from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import SafeString

from eventstore.catalogue import Catalogue, Entry, catalogue
from web.charts import (
    COLOURS,
    END,
    FONT,
    GROUND,
    LINE,
    MIDDLE,
    STRONG,
    element,
    grouped,
    muted,
    text,
)
from web.methods import read_only

ROW, BOX, NAME = 40, 30, 16  # heights: of a type's row, of a frame, of a consumer's name
SERVICE, TYPE, GAP, CONSUMER = 82, 134, 12, 46  # widths
EDGE, MARGIN = 1, 36  # half of a frame's line, and of a name, would be cut off
FIRST = EDGE + SERVICE + GAP + TYPE + 20  # where the first consumer is
HUES = ("blue", "red", "purple", "green", "amber")  # of publishers


@read_only
def page(request: HttpRequest) -> HttpResponse:
    found = catalogue()
    context = {"catalogue": found, "diagram": diagram(found)}
    return render(request, "web/catalogue.html", context)


def diagram(of: Catalogue) -> SafeString:
    """Each type in a row, behind the service that publishes it; a dot below each consumer that
    subscribes to it. SVG of about a phone's width. The page has the same in words."""
    top = NAME * (len(of.consumers) + 1)
    width = FIRST + CONSUMER * max(len(of.consumers) - 1, 0) + MARGIN
    height = top + ROW * len(of.entries) + EDGE
    return element(
        "svg",
        element("title", "The events between the services", id="events-title"),
        element("desc", _words(of), id="events-desc"),
        *_columns(of.consumers, height),
        *_rows(of, top),
        id="events",
        class_="events",
        viewBox=f"0 0 {width} {height}",
        width=width,
        height=height,
        xmlns="http://www.w3.org/2000/svg",
        role="img",
        aria_labelledby="events-title events-desc",
        font_family=FONT,
        font_size=12,
    )


def _words(of: Catalogue) -> str:
    sentences = (
        f"{entry.type}: from {entry.source} to {', '.join(entry.consumers) or 'nobody'}."
        for entry in of.entries
    )
    return " ".join(sentences)


def _columns(consumers: list[str], height: int) -> Iterator[SafeString]:
    """Each name above its line, one higher than the next, so that they have room."""
    yield muted("published by", EDGE + SERVICE / 2, NAME - 1, **MIDDLE)
    yield muted("consumed by", FIRST - MARGIN, NAME - 1, **END)
    for place, name in enumerate(consumers):
        x, y = FIRST + CONSUMER * place, NAME * (place + 1)
        yield element("line", class_="rule", x1=x, x2=x, y1=y + 4, y2=height, stroke=LINE)
        yield text(name, x, y - 1, **MIDDLE, **STRONG)


def _rows(of: Catalogue, top: int) -> Iterator[SafeString]:
    middles = {entry.type: top + ROW * (row + 0.5) for row, entry in enumerate(of.entries)}
    for source, hue in zip(of.publishers, _hues(of.publishers), strict=True):
        own = [entry for entry in of.entries if entry.source == source]
        y = sum(middles[entry.type] for entry in own) / len(own)
        for entry in own:
            yield _row(entry, of.consumers, y, middles[entry.type], hue)
        yield _box(source, EDGE, y, SERVICE, hue, **STRONG)


def _hues(publishers: list[str]) -> list[str]:
    return [HUES[place % len(HUES)] for place in range(len(publishers))]


def _row(entry: Entry, consumers: list[str], source_y: float, y: float, hue: str) -> SafeString:
    """From its publisher, at ``source_y``, to its last consumer."""
    begin, x = EDGE + SERVICE, EDGE + SERVICE + GAP
    bend = begin + GAP / 2
    path = f"M{begin} {source_y:.1f}C{bend} {source_y:.1f} {bend} {y:.1f} {x} {y:.1f}"
    dots = [FIRST + CONSUMER * consumers.index(name) for name in entry.consumers]
    if dots:
        path += f"M{x + TYPE} {y:.1f}H{max(dots)}"
    look = {"fill": "none", "stroke": COLOURS[hue], "stroke_width": 1.5}
    marks = (element("circle", class_="dot", cx=x, cy=y, r=5, fill=COLOURS[hue]) for x in dots)
    line = element("path", class_="line", d=path, **look)
    return grouped(line, *marks, _box(entry.type, x, y, TYPE, hue), class_=f"in-{hue}")


def _box(name: str, x: float, y: float, width: int, hue: str, **weight: Any) -> SafeString:
    """A name in a frame; ``y`` is its middle."""
    frame = {"x": x, "y": y - BOX / 2, "width": width, "height": BOX, "rx": 6}
    look = {"fill": GROUND, "stroke": COLOURS[hue], "stroke_width": 1.5}
    inside = text(name, x + width / 2, y + 4, **MIDDLE, **weight)
    return grouped(element("rect", class_="box", **frame, **look), inside, class_=f"in-{hue}")
