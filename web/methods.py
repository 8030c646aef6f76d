"""Which methods an address accepts. Any other is 405, whoever sends it."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase

from web.errors import error_response

View = Callable[..., HttpResponseBase]


def only(*methods: str) -> Callable[[View], View]:
    """A decorator: the view accepts these methods alone (its attribute ``allowed_methods``)."""

    def mark(view: View) -> View:
        view.__dict__["allowed_methods"] = methods
        return view

    return mark


read_only = only("GET", "HEAD")


class AllowedMethods:
    """Refuses any other method before the form's token is checked, which would be 403.
    Views without ``allowed_methods``, as those of DRF, are left alone."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: View, args: Any, kwargs: Any
    ) -> HttpResponse | None:
        methods = getattr(view, "allowed_methods", None)
        if methods is None or request.method in methods:
            return None
        allowed = ", ".join(methods)
        detail = f"This address accepts {allowed} only."
        response = error_response(request, HTTPStatus.METHOD_NOT_ALLOWED, detail)
        response.headers["Allow"] = allowed
        return response
