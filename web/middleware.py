"""What every request passes through: a limit for its body, the scope of the events that it causes,
a check of its cookies and its host."""

import re
import uuid
from collections.abc import Callable
from http import HTTPStatus

from django.conf import settings
from django.http import (
    HttpRequest,
    HttpResponseBase,
    HttpResponsePermanentRedirect,
)
from django.middleware import common

from eventstore import correlation
from web.errors import error_response

GetResponse = Callable[[HttpRequest], HttpResponseBase]
CORRELATION_ID = re.compile(r"[\x21-\x7e]{1,64}")


class Middleware:
    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)


class Correlation(Middleware):
    """``X-Correlation-ID`` is taken from the request, or made; it goes with every event that the
    request causes, and back in the response. ``X-Event-Position`` is the position of the last of
    them in the event store, where that is known."""

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        sent = request.headers.get("X-Correlation-ID", "")
        correlation_id = sent if CORRELATION_ID.fullmatch(sent) else str(uuid.uuid4())
        with correlation.scope(correlation_id) as scope:
            response = self.get_response(request)
        response.headers["X-Correlation-ID"] = correlation_id
        if scope.position is not None:
            response.headers["X-Event-Position"] = str(scope.position)
        return response


class BodyLimit(Middleware):
    """A body over the limit is 413, before anybody reads it."""

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        length = request.META.get("CONTENT_LENGTH") or "0"
        if length.isdecimal() and int(length) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            detail = f"The body is larger than {settings.DATA_UPLOAD_MAX_MEMORY_SIZE:,} bytes."
            return error_response(request, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, detail)
        return self.get_response(request)


class CleanCookies(Middleware):
    """Removes cookies with a NUL in them: they are none of ours, and PostgreSQL would fail."""

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        for name in [name for name, value in request.COOKIES.items() if "\0" in value]:
            del request.COOKIES[name]
        return self.get_response(request)


class HostCheck(common.CommonMiddleware):
    """Django's, which refuses a Host that is not ours. Not for probes: a machine reaches a process
    over plain HTTP by whatever address that has, as a pod's, so they need no Host and no TLS."""

    def process_request(self, request: HttpRequest) -> HttpResponsePermanentRedirect | None:
        is_probe = request.path_info.removeprefix("/") in settings.PROBES
        return None if is_probe else super().process_request(request)
