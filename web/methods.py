"""Which methods an address takes."""

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponseBase

from web.pages import answer

View = Callable[..., HttpResponseBase]


def only(*methods: str) -> Callable[[View], View]:
    """Any other method is 405, whoever asks."""

    def decorate(view: View) -> View:
        @wraps(view)
        def taken(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if request.method in methods:
                return view(request, *args, **kwargs)
            allowed = ", ".join(methods)
            detail = f"This address takes {allowed} alone."
            response = answer(request, HTTPStatus.METHOD_NOT_ALLOWED, detail)
            response.headers["Allow"] = allowed
            return response

        return taken

    return decorate
