"""The page ``/comparison/``: what was measured, drawn and put into words; and its numbers as JSON.

Everything on it is made from the results file alone. It opens no database and needs no service, so
whichever process serves the blog's page can serve it.
"""

import logging
import math
import secrets
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import include, path
from django.utils.safestring import SafeString
from django.views.decorators.cache import cache_control
from django.views.decorators.http import condition

from comparison import results
from comparison.advice import Advice, advice
from comparison.advisor import Needs, Verdict, advise
from comparison.parts import PARTS, UNFIT, Finding, Panel, Part
from comparison.reads.charts import nearest
from comparison.results import About, Kept
from comparison.tables import layouts
from web.methods import read_only

log = logging.getLogger(__name__)

PROCESS_ID = secrets.token_hex(8)  # with it ends what is cached, here and in browsers
CACHED_BODIES = 4

fresh_by_file = condition(etag_func=lambda request: f'"{PROCESS_ID}-{results.version()}"')
revalidated = cache_control(no_cache=True)


@read_only
@revalidated
@fresh_by_file
def page(request: HttpRequest) -> HttpResponse:
    """``?delay=`` is that of the network, in ms: the nearest that was measured is shown."""
    try:
        delay = float(request.GET.get("delay", ""))
    except ValueError:
        delay = math.nan
    body = _body(results.version(), delay if math.isfinite(delay) else None)
    return render(request, "comparison/page.html", {"body": body})


@read_only
@revalidated
@fresh_by_file
def numbers(request: HttpRequest) -> JsonResponse:
    """As the results file has them: ``{"schema": 1, "parts": {name: {"about", "results"}}}``."""
    return JsonResponse({"schema": results.SCHEMA, "parts": msgspec.to_builtins(results.load())})


@read_only
@revalidated
def advisor(request: HttpRequest) -> HttpResponse:
    """A form of needs, and which way meets them, by the figures that are kept. 400 for needs that
    are none."""
    needs = Needs(request.GET) if request.GET else Needs.usual()
    about = verdict = None
    if needs.is_valid():
        about, verdict = _verdict(needs.cleaned_data, results.load())
    context = {"needs": needs, "verdict": verdict, "about": about}
    return render(request, "comparison/advisor.html", context, status=400 if needs.errors else 200)


def _verdict(
    needs: Mapping[str, Any], kept: Mapping[str, Kept]
) -> tuple[About | None, Verdict | None]:
    """With the run whose costs it is about; None where these cannot be read."""
    found = measured(kept)
    if "cost" not in found:
        return None, None
    about = kept["cost"].read_about()
    return about, advise(needs, found, about.machine.cores)


@lru_cache(CACHED_BODIES)
def _body(version: str, delay: float | None) -> SafeString:
    """Made once for each results file and delay: it is the same for every reader."""
    return render_to_string("comparison/_body.html", content(results.load(), delay))


@dataclass(frozen=True)
class ShownPart:
    """A part on the page. ``about`` is None where nothing was measured, or it cannot be shown,
    which is ``unreadable``. A slider chooses among the ``delays``, of which ``delay`` is shown."""

    part: Part
    about: About | None = None
    results: Any = None
    lead: str = ""
    panels: Sequence[Panel] = ()
    findings: Sequence[Finding] = ()
    delays: Sequence[float] = ()
    delay: float | None = None
    unreadable: bool = False


def content(kept: Mapping[str, Kept], delay: float | None = None) -> dict[str, Any]:
    """All of the page. ``delay`` is the network's that is shown first, in ms."""
    parts = [shown(part, kept.get(part.name), delay) for part in PARTS]
    runs = {each.part.title: each.about for each in parts if each.about}
    rows = (
        {"title": title, "about": run, "versions": ", ".join(map(" ".join, run.versions.items()))}
        for title, run in runs.items()
    )
    return {
        "parts": parts,
        "advice": _advice({each.part.name: each.results for each in parts if each.about}),
        "places": {(about.machine.short, about.database) for about in runs.values()},
        "latest": max(runs.values(), key=lambda about: about.date, default=None),
        "runs": layouts(__file__)["runs"].table(rows),
    }


def shown(part: Part, kept: Kept | None, delay: float | None) -> ShownPart:
    """Never raises for what stands in the file: an old or a partial one is no reason for an
    error, and no reason to hide the other parts."""
    if kept is None:
        return ShownPart(part)
    try:
        about, found = kept.read_about(), part.read(kept)
        panels = part.module("charts").panels(found)
        findings, lead = part.found(found), part.lead_of(found)
        delays = [panel.delay_ms for panel in panels if panel.delay_ms is not None]
    except UNFIT as error:
        log.warning("the results of %s cannot be shown: %s", part.name, error)
        return ShownPart(part, unreadable=True)
    return ShownPart(part, about, found, lead, panels, findings, delays, nearest(delays, delay))


def measured(kept: Mapping[str, Kept]) -> dict[str, Any]:
    """The results of each part that can be read, and its run, by its name."""
    found = {}
    for part in PARTS:
        with suppress(*UNFIT):
            kept[part.name].read_about()
            found[part.name] = part.read(kept[part.name])
    return found


def _advice(measured: dict[str, Any]) -> list[Advice]:
    try:
        return advice(measured)
    except UNFIT:
        log.exception("no advice can be computed from these results")
        return []


urls = [
    path("", page, name="page"),
    path("advisor/", advisor, name="advisor"),
    path("results.json", numbers, name="numbers"),
]
urlpatterns = [path("comparison/", include((urls, "comparison")))]
