"""A line in the log for each write that was asked for. Reads are many, and change nothing: they
are told at the level DEBUG."""

import logging
from collections.abc import Callable
from time import perf_counter

from django.http import HttpRequest, HttpResponseBase
from rest_framework.permissions import SAFE_METHODS

from eventstore import correlation

log = logging.getLogger(__name__)


class Access:
    """Inside of ``Correlation``, whose id the line carries. The path comes without its query
    string, which may hold what is not for logs."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        start = perf_counter()
        response = self.get_response(request)
        level = logging.DEBUG if request.method in SAFE_METHODS else logging.INFO
        if log.isEnabledFor(level):
            _tell(level, request, response, (perf_counter() - start) * 1000)
        return response


def _tell(level: int, request: HttpRequest, response: HttpResponseBase, ms: float) -> None:
    scope = correlation.find()
    position = scope.position if scope else None
    said = f", event {position}" if position else ""
    log.log(
        level,
        "%s %s: %s in %.0f ms%s",
        request.method,
        request.path.encode("unicode_escape").decode(),  # a line break in it would be a new line
        response.status_code,
        ms,
        said,
        extra={
            "method": request.method,
            "path": request.path,
            "status": response.status_code,
            "ms": round(ms, 1),
            "position": position,
        },
    )
