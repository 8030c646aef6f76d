"""The log of requests: one line for each write, one for what Django refuses as suspicious."""

import logging
from collections.abc import Callable
from time import perf_counter

from django.http import HttpRequest, HttpResponseBase
from rest_framework.permissions import SAFE_METHODS

from eventstore import correlation

log = logging.getLogger("web.access")


class AccessLog:
    """A middleware inside of ``Correlation``, whose id the line has. Reads are many and change
    nothing: they are logged at the level DEBUG. The path comes without its query string, which may
    hold what is not for logs."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        start = perf_counter()
        response = self.get_response(request)
        level = logging.DEBUG if request.method in SAFE_METHODS else logging.INFO
        if log.isEnabledFor(level):
            _write(level, request, response, (perf_counter() - start) * 1000)
        return response


class SuspiciousInOneLine(logging.Filter):
    """A wrong Host or too many fields get 400, which is no incident: a warning of one line, which
    may be what an operator searches for, and no traceback."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.name.startswith("django.security."):
            record.levelno, record.levelname = logging.WARNING, "WARNING"
            record.exc_info = record.exc_text = None
        return True


def _write(level: int, request: HttpRequest, response: HttpResponseBase, ms: float) -> None:
    scope = correlation.find()
    position = scope.position if scope else None
    log.log(
        level,
        "%s %s: %s in %.0f ms%s",
        request.method,
        request.path.encode("unicode_escape").decode(),  # a line break in it would be a new line
        response.status_code,
        ms,
        f", event {position}" if position else "",
        extra={
            "method": request.method,
            "path": request.path,
            "status": response.status_code,
            "ms": round(ms, 1),
            "position": position,
        },
    )
