"""What is asked of us while a database is away: 503 everywhere, and come again."""

import logging
import sys
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.db import Error, connections
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from rest_framework.permissions import SAFE_METHODS

from eventstore.outages import database_of, in_one_line, is_outage
from web import pages

log = logging.getLogger(__name__)

RETRY_AFTER = 5  # seconds
DETAIL = "Something that this address needs does not answer at the moment."
AGAIN = "Try again in a moment"
BACK = ": your browser’s back button leads to what you typed"


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
    saved = "" if request.method in SAFE_METHODS else " Nothing was saved."
    hint = BACK if request.method == "POST" and not request.path.startswith("/api/") else ""
    detail = f"{DETAIL}{saved} {AGAIN}{hint}."
    return _told(request, error, pages.answer(request, HTTPStatus.SERVICE_UNAVAILABLE, detail))


def form_again(
    request: HttpRequest, error: Error, template: str, form: BaseForm, **context: Any
) -> HttpResponse:
    """The page's form as it was filled in, to be sent once more. Raises ``error`` where no database
    is away."""
    if not is_outage(error):
        raise error
    form.add_error(None, f"{DETAIL} Nothing was saved. {AGAIN}: what you typed is still here.")
    status = HTTPStatus.SERVICE_UNAVAILABLE
    return _told(
        request, error, render(request, template, {"form": form, **context}, status=status)
    )


def _told(request: HttpRequest, error: BaseException, response: HttpResponse) -> HttpResponse:
    alias = database_of(error)
    log.error(
        "%s %s is answered 503, the database %s does not serve: %s",
        *(request.method, request.path, alias, in_one_line(error)),
    )
    _drop(alias)
    response.headers["Retry-After"] = str(RETRY_AFTER)
    response.headers["Cache-Control"] = "no-store"
    response._has_been_logged = True  # type: ignore[attr-defined]  # by Django, with a traceback
    return response


def _drop(alias: str) -> None:
    """The connection that failed may look well and not be: as that of a MariaDB database that was
    dropped and made anew."""
    if alias in connections and not connections[alias].in_atomic_block:
        connections[alias].close()
