"""The log of requests: one line for each write, one for what Django refuses as suspicious."""

import logging
from time import perf_counter

from django.http import HttpRequest, HttpResponseBase
from rest_framework.permissions import SAFE_METHODS

from eventstore import correlation
from web.methods import View

log = logging.getLogger("web.access")


def access_log(get_response: View) -> View:
    """A middleware inside of ``Correlation``, whose id the line has. Reads are logged at the level
    DEBUG. The path comes without its query string, which may hold what is not for logs."""

    def respond(request: HttpRequest) -> HttpResponseBase:
        start = perf_counter()
        response = get_response(request)
        ms = (perf_counter() - start) * 1000
        scope, status = correlation.find(), response.status_code
        position = scope.position if scope else None
        event = f", event {position}" if position else ""
        path = request.path.encode("unicode_escape").decode()  # a line break would be a new line
        level = logging.DEBUG if request.method in SAFE_METHODS else logging.INFO
        about = {"method": request.method, "path": request.path, "status": status}
        extra = {**about, "ms": round(ms, 1), "position": position}
        text = "%s %s: %s in %.0f ms%s"
        log.log(level, text, request.method, path, status, ms, event, extra=extra)
        return response

    return respond


class SuspiciousInOneLine(logging.Filter):
    """A wrong Host or too many fields get 400: a warning of one line, without a traceback."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.name.startswith("django.security."):
            record.levelno, record.levelname = logging.WARNING, "WARNING"
            record.exc_info = record.exc_text = None
        return True
