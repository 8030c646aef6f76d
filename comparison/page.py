"""The page ``/comparison/``: what was measured, drawn and put into words; and its numbers as JSON.

Everything on it is made from the results file alone. It opens no database and needs no service, so
whichever process serves the blog's page can serve it.
"""

import logging
import math
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from operator import itemgetter
from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.views.decorators.cache import cache_control
from django.views.decorators.http import condition

from comparison import results
from comparison.advice import Advice, Figures, advice
from comparison.claims import Finding
from comparison.part import Panel, Part
from comparison.parts import PARTS
from comparison.reads.charts import nearest
from comparison.results import About, Kept
from comparison.tables import Column, Table
from web.methods import read_only

log = logging.getLogger(__name__)

PROCESS_ID = secrets.token_hex(8)
"""What this process caches, and what browsers cache of it, ends with it."""
CACHED_BODIES = 4

UNFIT = (msgspec.MsgspecError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
"""What reading and drawing raises for results of another version."""


def _etag(request: HttpRequest) -> str:
    return f'"{PROCESS_ID}-{results.version()}"'


fresh_by_file = condition(etag_func=_etag)
revalidated = cache_control(no_cache=True)


@read_only
@revalidated
@fresh_by_file
def page(request: HttpRequest) -> HttpResponse:
    """``?delay=`` is that of the network, in ms: the nearest that was measured is shown."""
    body = _body(results.version(), _delay(request.GET.get("delay", "")))
    return render(request, "comparison/page.html", {"body": body})


@read_only
@revalidated
@fresh_by_file
def numbers(request: HttpRequest) -> JsonResponse:
    """As the results file has them: ``{"schema": 1, "parts": {name: {"about", "results"}}}``."""
    parts = {name: kept._asdict() for name, kept in results.load().items()}
    return JsonResponse({"schema": results.SCHEMA, "parts": parts})


@lru_cache(CACHED_BODIES)
def _body(version: str, delay: float | None) -> SafeString:
    """Made once for each results file and delay: it is the same for every reader."""
    return render_to_string("comparison/_body.html", {"content": content(results.load(), delay)})


def _delay(text: str) -> float | None:
    try:
        delay = float(text)
    except ValueError:
        return None
    return delay if math.isfinite(delay) else None


@dataclass(frozen=True)
class Slider:
    """Over the delays that were measured, in ms."""

    values: Sequence[float]
    at: float

    @property
    def least(self) -> float:
        return min(self.values)

    @property
    def most(self) -> float:
        return max(self.values)


@dataclass(frozen=True)
class ShownPart:
    """A part on the page. ``about`` is None where nothing was measured, or it cannot be shown,
    which is ``unreadable``."""

    part: Part[Any]
    about: About | None = None
    results: Any = None
    lead: str = ""
    panels: Sequence[Panel] = ()
    findings: Sequence[Finding] = ()
    slider: Slider | None = None
    unreadable: bool = False
    warnings: Sequence[str] = ()

    @property
    def method(self) -> Sequence[str]:
        return self.results.method if self.results else ()


@dataclass(frozen=True)
class Content:
    parts: Sequence[ShownPart]
    advice: Sequence[Advice] = ()
    warnings: Sequence[str] = ()
    latest: About | None = None
    runs: Table | None = field(default=None)


def content(kept: Mapping[str, Kept], delay: float | None = None) -> Content:
    """``delay`` is the network's that is shown first, in ms."""
    parts = [shown(part, kept.get(part.name), delay) for part in PARTS]
    runs = {each.part.title: each.about for each in parts if each.about}
    latest = max(runs.values(), key=lambda about: about.date, default=None)
    figures = Figures(**{each.part.name: each.results for each in parts if each.results})
    warnings = different_machines(list(runs.values()))
    return Content(parts, _advice(figures), warnings, latest, _runs(runs))


def shown(part: Part[Any], kept: Kept | None, delay: float | None) -> ShownPart:
    """Never raises for what stands in the file: an old or a partial one is no reason for an
    error, and no reason to hide the other parts."""
    if kept is None:
        return ShownPart(part)
    try:
        about, found = kept.read_about(), kept.read_results(part.results)
        panels = part.panels(found)
        delays = [panel.delay_ms for panel in panels if panel.delay_ms is not None]
        return ShownPart(
            part,
            about,
            found,
            part.lead(found),
            panels,
            part.found(found),
            Slider(delays, nearest(delays, delay)) if delays else None,
            warnings=doubtful(about),
        )
    except UNFIT as error:
        log.warning("the results of %s cannot be shown: %s", part.name, error)
        return ShownPart(part, unreadable=True)


def doubtful(about: About) -> list[str]:
    """What makes a run's figures less reliable; empty where all is well."""
    found = []
    if about.quick:
        found.append("This was a quick run (--quick): few sizes, few rounds.")
    machine = about.machine
    if machine.cores and machine.load > machine.cores:
        found.append(
            f"The machine was busy when it began: {machine.load:g} processes wanted to run on "
            f"{machine.cores} cores. All times are longer than they need be."
        )
    return found


def different_machines(runs: Sequence[About]) -> list[str]:
    if len({(about.machine.processor, about.machine.cores, about.database) for about in runs}) < 2:
        return []
    return [
        "The parts were measured on different machines or databases. Compare within a part, not "
        "from one part to another."
    ]


def _runs(runs: Mapping[str, About]) -> Table | None:
    """All that the runs record about themselves, a row for each part."""
    if not runs:
        return None
    rows = [{"part": title, **about.facts} for title, about in runs.items()]
    columns = [Column(name, itemgetter(name)) for name in rows[0]]
    return Table("The run of each part: when, how and where", columns, rows, fold=True)


def _advice(figures: Figures) -> list[Advice]:
    try:
        return advice(figures)
    except UNFIT:
        log.exception("no advice can be computed from these results")
        return []
