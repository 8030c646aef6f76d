"""What every request goes through: a limit for its body, the scope of the events that it causes,
and a look at its cookies."""

import re
import uuid
from collections.abc import Callable
from http import HTTPStatus

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

from eventstore import correlation
from web.pages import answer

GetResponse = Callable[[HttpRequest], HttpResponseBase]
CORRELATION_ID = re.compile(r"[\x21-\x7e]{1,64}")


class Correlation:
    """``X-Correlation-ID`` is taken from the request, or made; it goes with every event that the
    request brings about, and back in the answer. ``X-Event-Position`` says where the last of
    them stands in the event store, where that is known."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        sent = request.headers.get("X-Correlation-ID", "")
        correlation_id = sent if CORRELATION_ID.fullmatch(sent) else str(uuid.uuid4())
        with correlation.scope(correlation_id) as scope:
            response = self.get_response(request)
        response.headers["X-Correlation-ID"] = correlation_id
        if scope.position is not None:
            response.headers["X-Event-Position"] = str(scope.position)
        return response


class BodyLimit:
    """A body over the limit is 413, before anybody reads it."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        length = request.META.get("CONTENT_LENGTH") or "0"
        if length.isdecimal() and int(length) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            detail = f"The body is larger than {settings.DATA_UPLOAD_MAX_MEMORY_SIZE:,} bytes."
            return answer(request, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, detail)
        return self.get_response(request)


class CleanCookies:
    """A cookie with a NUL in it is none of ours, and PostgreSQL would trip over it: it goes."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        for name in [name for name, value in request.COOKIES.items() if "\0" in value]:
            del request.COOKIES[name]
        return self.get_response(request)
