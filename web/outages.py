"""503 everywhere while a database is away, with Retry-After."""

import logging
import sys
from http import HTTPStatus
from typing import Any

from django.db import Error, connections
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from rest_framework.permissions import SAFE_METHODS

from eventstore.outages import database_of, in_one_line, is_outage
from web import errors
from web.middleware import Middleware

log = logging.getLogger(__name__)

RETRY_AFTER = 5  # seconds
UNAVAILABLE = "This service is temporarily unavailable."
TRY_AGAIN = "Try again in a moment"
BACK_BUTTON = ": your browser’s back button leads to what you typed"


class Outages(Middleware):
    """Turns what a view raises for a database that is away into a 503 response."""

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        return unavailable(request, error) if is_outage(error) else None


def server_error(request: HttpRequest) -> HttpResponse:
    """For what is raised elsewhere than in a view, as by a session that cannot be saved."""
    error = sys.exc_info()[1]
    if error is None or not is_outage(error):
        return errors.server_error(request)
    return unavailable(request, error)


def unavailable(request: HttpRequest, error: BaseException) -> HttpResponse:
    """The 503 response, and one line in the log."""
    saved = "" if request.method in SAFE_METHODS else " Nothing was saved."
    is_form = request.method == "POST" and not request.path.startswith("/api/")
    detail = f"{UNAVAILABLE}{saved} {TRY_AGAIN}{BACK_BUTTON if is_form else ''}."
    response = errors.error_response(request, HTTPStatus.SERVICE_UNAVAILABLE, detail)
    return _logged(request, error, response)


def show_form_again(
    request: HttpRequest, error: Error, template: str, form: BaseForm, **context: Any
) -> HttpResponse:
    """The page's form as it was filled in, to be sent once more. Raises ``error`` where no database
    is away."""
    if not is_outage(error):
        raise error
    form.add_error(
        None, f"{UNAVAILABLE} Nothing was saved. {TRY_AGAIN}: what you typed is still here."
    )
    response = render(request, template, {"form": form, **context}, status=503)
    return _logged(request, error, response)


def _logged(request: HttpRequest, error: BaseException, response: HttpResponse) -> HttpResponse:
    alias = database_of(error)
    log.error(
        "%s %s: 503, the database %s is not available: %s",
        *(request.method, request.path, alias, in_one_line(error)),
    )
    _drop_connection(alias)
    response.headers["Retry-After"] = str(RETRY_AFTER)
    response.headers["Cache-Control"] = "no-store"
    response._has_been_logged = True  # type: ignore[attr-defined]  # by Django, with a traceback
    return response


def _drop_connection(alias: str) -> None:
    """The connection that failed may look well and not be: as that of a MariaDB database that was
    dropped and made anew."""
    if alias in connections and not connections[alias].in_atomic_block:
        connections[alias].close()
