"""The page ``/comparison/``: what was measured, drawn and put into words; and its numbers as JSON.

Everything on it is made from the results file alone. It opens no database and needs no service, so
whichever process serves the blog's page can serve it.
"""

import math
import secrets
from functools import lru_cache

import msgspec
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import include, path
from django.utils.safestring import SafeString
from django.views.decorators.cache import cache_control
from django.views.decorators.http import condition

from comparison import results
from comparison.parts import content
from web.methods import read_only

PROCESS_ID = secrets.token_hex(8)
"""What this process caches, and what browsers cache of it, ends with it."""
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
    parts = msgspec.to_builtins(results.load())
    return JsonResponse({"schema": results.SCHEMA, "parts": parts})


@lru_cache(CACHED_BODIES)
def _body(version: str, delay: float | None) -> SafeString:
    """Made once for each results file and delay: it is the same for every reader."""
    return render_to_string("comparison/_body.html", content(results.load(), delay))


urls = [path("", page, name="page"), path("results.json", numbers, name="numbers")]
urlpatterns = [path("comparison/", include((urls, "comparison")))]
