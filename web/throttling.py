"""How many writes one address may send; the API and the page's forms count together."""

import math
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle

View = Callable[..., HttpResponse]


class WriteThrottle(SimpleRateThrottle):
    """``THROTTLE_WRITES`` writes per address; reads are free."""

    scope = "writes"

    def get_cache_key(self, request: Any, view: Any) -> str | None:
        if request.method in SAFE_METHODS:
            return None
        ident = self.get_ident(request)
        return self.cache_format % {"scope": self.scope, "ident": ident}


def throttle_form(view: View) -> View:
    """The same limit for a form's view; the answer is a page with status 429."""

    @wraps(view)
    def throttled(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        throttle = WriteThrottle()
        if throttle.allow_request(Request(request), None):  # type: ignore[arg-type]
            return view(request, *args, **kwargs)
        seconds = math.ceil(throttle.wait() or 1)
        response = render(request, "web/throttled.html", {"seconds": seconds}, status=429)
        response.headers["Retry-After"] = str(seconds)
        return response

    return throttled
