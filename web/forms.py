"""What the addresses of the page's forms have in common."""

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote_to_bytes

from django.http import HttpRequest, HttpResponseBase

from web.methods import only
from web.pages import answer
from web.throttling import throttle_form

View = Callable[..., HttpResponseBase]
MULTIPART = "multipart/form-data"
KINDS = ("application/x-www-form-urlencoded", MULTIPART)


def takes_form(view: View) -> View:
    """A view that takes a form, and nothing else: 415 and 429 are answered here, and 400 for what
    is not UTF-8 (which Django would read with a replacement for what it cannot)."""
    throttled = throttle_form(view)

    @only("POST")
    @wraps(view)
    def taken(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.content_type not in KINDS and request.body:
            return answer(request, HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "This is no form's data.")
        if not _is_utf8(request):
            return answer(request, HTTPStatus.BAD_REQUEST, "This is not UTF-8.")
        return throttled(request, *args, **kwargs)

    return taken


def _is_utf8(request: HttpRequest) -> bool:
    if request.content_type == MULTIPART:  # its bytes are gone once it is parsed
        return not any("\ufffd" in text for texts in request.POST.lists() for text in texts[1])
    try:
        unquote_to_bytes(request.body).decode()
    except UnicodeDecodeError:
        return False
    return True
