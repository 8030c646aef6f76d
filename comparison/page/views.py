"""The page, and the numbers on it for programs."""

import math
import secrets
from functools import lru_cache

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.views.decorators.cache import cache_control
from django.views.decorators.http import condition

from comparison import results
from comparison.page.content import content
from web.methods import read_only

OURS = secrets.token_hex(8)
"""Of this process: what it remembers, and what browsers remember of it, ends with it."""
REMEMBERED = 4


def _version(request: HttpRequest) -> str:
    return f'"{OURS}-{results.version()}"'


fresh_by_file = condition(etag_func=_version)
asked_again = cache_control(no_cache=True)


@read_only
@asked_again
@fresh_by_file
def page(request: HttpRequest) -> HttpResponse:
    """``?delay=`` is that of the network, in ms: the nearest that was measured is shown."""
    body = _body(results.version(), _delay(request.GET.get("delay", "")))
    return render(request, "comparison/page.html", {"body": body})


@read_only
@asked_again
@fresh_by_file
def numbers(request: HttpRequest) -> JsonResponse:
    """As the results file has them: ``{"schema": 1, "parts": {name: {"about", "results"}}}``."""
    parts = {name: kept._asdict() for name, kept in results.load().items()}
    return JsonResponse({"schema": results.SCHEMA, "parts": parts})


@lru_cache(REMEMBERED)
def _body(version: str, delay: float | None) -> SafeString:
    """Made once for each results file and delay: it is the same for every reader."""
    return render_to_string("comparison/_body.html", {"content": content(results.load(), delay)})


def _delay(asked: str) -> float | None:
    try:
        delay = float(asked)
    except ValueError:
        return None
    return delay if math.isfinite(delay) else None
