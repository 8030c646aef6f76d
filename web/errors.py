"""Error responses: in DRF's shape under ``/api/`` (a page for a browser; for problem details see
problems.py), a page elsewhere; and 503 with Retry-After everywhere while a database is away."""

import logging
import sys
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.db import Error, connections
from django.forms import BaseForm
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from rest_framework import exceptions
from rest_framework.permissions import SAFE_METHODS
from rest_framework.response import Response
from rest_framework.views import exception_handler as drf_exception_handler

from eventstore import correlation
from eventstore.outages import database_of, in_one_line, may_be_committed
from eventstore.outages import is_outage as is_outage
from web.keys import FIELD, HEADER
from web.logs import printable
from web.problems import accepts_problems

log = logging.getLogger(__name__)

RETRY_AFTER_SECONDS = 5
MALFORMED = "This request is malformed."
NOT_FOUND = "There is nothing at this address."
UNAVAILABLE = "This service is temporarily unavailable."
TRY_AGAIN = "Try again in a moment"
BACK_BUTTON = ": your browser’s back button leads to what you typed"


class Changed(exceptions.APIException):
    """412: somebody else was faster."""

    status_code = HTTPStatus.PRECONDITION_FAILED
    default_detail = "This has changed since you read it. Read it again."
    default_code = "changed"


class NotYet(exceptions.APIException):
    """503: the read model has not reached the position that the request needs."""

    status_code = HTTPStatus.SERVICE_UNAVAILABLE
    default_detail = "The read model has not reached this position yet. Try again."
    default_code = "not_yet"
    wait = 1  # second, for Retry-After


def exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's own, which also turns ``wait`` into Retry-After. A method that an address does not
    have is 405 for everyone, not 403 for some. 404 has the same words everywhere: Django's would
    name our models."""
    if isinstance(error, Http404 | exceptions.NotFound):
        error = exceptions.NotFound(NOT_FOUND)
    method, view = context["request"].method, context["view"]
    denied = isinstance(error, exceptions.PermissionDenied | exceptions.NotAuthenticated)
    if denied and method not in view.allowed_methods:
        error = exceptions.MethodNotAllowed(method)
    return drf_exception_handler(error, context)


def error_response(request: HttpRequest, status: HTTPStatus, detail: str) -> HttpResponse:
    """``detail`` as JSON or as a page, whichever the address serves."""
    prefers_html = request.get_preferred_type(["application/json", "text/html"]) == "text/html"
    response: HttpResponse
    if request.path.startswith("/api/") and (accepts_problems(request) or not prefers_html):
        response = JsonResponse({"detail": detail}, status=status)
    else:
        context = {"title": status.phrase, "detail": detail}
        response = render(request, "web/error.html", context, status=status)
    patch_vary_headers(response, ["Accept"])
    return response


def _error_view(status: HTTPStatus, detail: str) -> Callable[..., HttpResponse]:
    return lambda request, *args, **kwargs: error_response(request, status, detail)


bad_request = _error_view(HTTPStatus.BAD_REQUEST, MALFORMED)
forbidden = _error_view(HTTPStatus.FORBIDDEN, "Permission denied.")
not_found = _error_view(HTTPStatus.NOT_FOUND, NOT_FOUND)
csrf_failure = _error_view(
    HTTPStatus.FORBIDDEN,
    "This form has expired, or it did not come from this site. Nothing was saved. Go back, "
    "reload the page and send the form again. Cookies must be enabled.",
)


def server_error(request: HttpRequest) -> HttpResponse:
    """500; or 503 for an outage elsewhere than in a view, as of a session that cannot be saved."""
    error = sys.exc_info()[1]
    if error and is_outage(error):
        return unavailable(request, error)
    detail = "Something went wrong on our side."
    return error_response(request, HTTPStatus.INTERNAL_SERVER_ERROR, detail)


def unavailable(request: HttpRequest, error: BaseException) -> HttpResponse:
    """503, and one line in the log."""
    return _logged(request, error, try_again_later(request, _may_be_saved(error)))


def try_again_later(request: HttpRequest, may_be_saved: bool) -> HttpResponse:
    """503. ``may_be_saved``: whether the request may have written something."""
    is_form = request.method == "POST" and not request.path.startswith("/api/")
    outcome = "" if request.method in SAFE_METHODS else f" {_outcome(request, may_be_saved)}"
    detail = f"{UNAVAILABLE}{outcome} {TRY_AGAIN}{BACK_BUTTON if is_form else ''}."
    return _later(error_response(request, HTTPStatus.SERVICE_UNAVAILABLE, detail))


def show_form_again(
    request: HttpRequest, error: Error, template: str, form: BaseForm, **context: Any
) -> HttpResponse:
    """503 with the page's form as it was filled in, to be sent once more. Raises ``error`` where
    no database is away."""
    if not is_outage(error):
        raise error
    outcome = _outcome(request, _may_be_saved(error))
    form.add_error(None, f"{UNAVAILABLE} {outcome} {TRY_AGAIN}: what you typed is still here.")
    context |= {"form": form, "is_unavailable": True}
    response = render(request, template, context, status=503)
    return _logged(request, error, response)


def _may_be_saved(error: BaseException) -> bool:
    """Whether the current request, which ``error`` ends, may have written something."""
    scope = correlation.find()
    return may_be_committed(error) or bool(scope and scope.committed)


def _outcome(request: HttpRequest, may_be_saved: bool) -> str:
    """What the sender of a write has to know: was it saved, is it safe to send it again?"""
    is_form = not request.path.startswith("/api/")
    is_keyed = bool(request.POST.get(FIELD)) if is_form else HEADER in request.headers
    if not may_be_saved:
        return "Nothing was saved by this request." if is_keyed else "Nothing was saved."
    if is_keyed and is_form:
        return "What you sent may have been saved. Sending it again is safe: it is saved once."
    if is_keyed:
        return f"It may have been saved. Sending it again with the same {HEADER} is safe."
    if request.method != "POST":
        return "It may have been saved. Sending it again is safe."
    if is_form:
        return "It may have been saved: look before you send it again."
    return (
        f"It may have been saved: look before you send it again. With an {HEADER}, sending it "
        "again is safe."
    )


def _logged(request: HttpRequest, error: BaseException, response: HttpResponse) -> HttpResponse:
    alias = database_of(error)
    log.error(
        "%s %s: 503, the database %s is not available: %s",
        request.method,
        printable(request.path),
        alias,
        in_one_line(error),
    )
    # The connection that failed may look well and not be: as that of a MariaDB database that was
    # dropped and made anew.
    if alias in connections and not connections[alias].in_atomic_block:
        connections[alias].close()
    return _later(response)


def _later(response: HttpResponse) -> HttpResponse:
    response.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    response.headers["Cache-Control"] = "no-store"
    response._has_been_logged = True  # type: ignore[attr-defined]  # by Django, with a traceback
    return response
