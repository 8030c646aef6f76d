"""Which methods an address takes. Any other is 405, whoever asks, and before anything else is asked
of the request: a form's token, or a login."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase

from web.pages import answer

View = Callable[..., HttpResponseBase]


def only(*methods: str) -> Callable[[View], View]:
    """Says of a view, in its attribute ``takes``, that it takes these alone: see ``Methods``."""

    def mark(view: View) -> View:
        view.__dict__["takes"] = methods
        return view

    return mark


read_only = only("GET", "HEAD")


class Methods:
    """Refuses every other, before the look at a form's token, which would be 403. Addresses that
    say nothing of what they take, as those of DRF, are left alone."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: View, args: Any, kwargs: Any
    ) -> HttpResponse | None:
        methods = getattr(view, "takes", None)
        if methods is None or request.method in methods:
            return None
        allowed = ", ".join(methods)
        detail = f"This address takes {allowed} alone."
        response = answer(request, HTTPStatus.METHOD_NOT_ALLOWED, detail)
        response.headers["Allow"] = allowed
        return response
