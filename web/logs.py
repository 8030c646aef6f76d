"""The log of requests: one line for each write, one for what Django refuses as suspicious; and the
format of lines for people."""

import logging
from time import perf_counter
from typing import Any

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
        scope = correlation.find()
        position = scope.position if scope else None
        log_access(request.method or "", request.path, response.status_code, start, position)
        return response

    return respond


def log_access(
    method: str, path: str, status: int, start: float, position: int | None = None
) -> None:
    """``start``: when the request came, on the performance counter."""
    level = logging.DEBUG if method in SAFE_METHODS else logging.INFO
    if not log.isEnabledFor(level):
        return
    ms = (perf_counter() - start) * 1000
    event = f", event {position}" if position else ""
    about = {"method": method, "path": path, "status": status}
    extra = {**about, "ms": round(ms, 1), "position": position}
    text = "%s %s: %s in %.0f ms%s"
    log.log(level, text, method, printable(path), status, ms, event, extra=extra)


def printable(text: str) -> str:
    """With an escape in place of each character that is none to see, as a line break, which would
    begin a line of the sender's own, and what a terminal takes for a command."""
    if text.isprintable():
        return text
    escaped = (each if each.isprintable() else each.encode("unicode_escape") for each in text)
    return "".join(each if isinstance(each, str) else each.decode() for each in escaped)


class LineFormatter(logging.Formatter):
    """One line for each record, whatever is in it. Lines of a traceback follow it, indented."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's name
        return printable(super().formatMessage(record))

    def formatException(self, ei: Any) -> str:  # noqa: N802
        return _indented(super().formatException(ei))

    def formatStack(self, stack_info: str) -> str:  # noqa: N802
        return _indented(super().formatStack(stack_info))


def _indented(text: str) -> str:
    return "\n".join(f"    {printable(line)}" for line in text.splitlines())


class SuspiciousInOneLine(logging.Filter):
    """A wrong Host or too many fields get 400: a warning of one line, without a traceback."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.name.startswith("django.security."):
            record.levelno, record.levelname = logging.WARNING, "WARNING"
            record.exc_info = record.exc_text = None
        return True
