"""What is asked of us while a database is away: 503 everywhere, and come again."""

import logging
import sys
from collections.abc import Callable
from http import HTTPStatus

from django.db import connections
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from rest_framework.permissions import SAFE_METHODS

from eventstore.outages import database_of, in_one_line, is_outage
from web import pages

log = logging.getLogger(__name__)

RETRY_AFTER = 5  # seconds
DETAIL = "Something that this address needs does not answer at the moment."


class Outages:
    """Turns what a view raises for a database that is away into the answer 503."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        return unavailable(request, error) if is_outage(error) else None


def server_error(request: HttpRequest) -> HttpResponse:
    """For what is raised elsewhere than in a view, as by a session that cannot be saved."""
    error = sys.exc_info()[1]
    if error is None or not is_outage(error):
        return pages.server_error(request)
    return unavailable(request, error)


def unavailable(request: HttpRequest, error: BaseException) -> HttpResponse:
    """Says so in the log, in one line, and to who asked."""
    alias = database_of(error)
    log.error(
        "%s %s is answered 503, the database %s does not serve: %s",
        *(request.method, request.path, alias, in_one_line(error)),
    )
    _drop(alias)
    saved = "" if request.method in SAFE_METHODS else " Nothing was saved."
    detail = f"{DETAIL}{saved} Try again in a moment."
    response = pages.answer(request, HTTPStatus.SERVICE_UNAVAILABLE, detail)
    response.headers["Retry-After"] = str(RETRY_AFTER)
    response._has_been_logged = True  # type: ignore[attr-defined]  # by Django, with a traceback
    return response


def _drop(alias: str) -> None:
    """The connection that failed may look well and not be: as that of a MariaDB database that was
    dropped and made anew."""
    if alias in connections and not connections[alias].in_atomic_block:
        connections[alias].close()
