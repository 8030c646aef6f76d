"""Error responses: in DRF's shape under ``/api/`` (a page for a browser), a page elsewhere."""

from http import HTTPStatus
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from rest_framework import status
from rest_framework.exceptions import (
    APIException,
    MethodNotAllowed,
    NotAuthenticated,
    NotFound,
    PermissionDenied,
)
from rest_framework.response import Response
from rest_framework.views import exception_handler as drf_exception_handler

NOT_FOUND = "There is nothing at this address."


class Changed(APIException):
    """412: somebody else was faster."""

    status_code = status.HTTP_412_PRECONDITION_FAILED
    default_detail = "This has changed since you read it. Read it again."
    default_code = "changed"


class NotYet(APIException):
    """503: the read model has not reached the position that the request needs."""

    status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    default_detail = "The read model has not reached this position yet. Try again."
    default_code = "not_yet"
    wait = 1  # second, for Retry-After


def exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's own, which also turns ``wait`` into Retry-After. A method that an address does not
    have is 405 for everyone, not 403 for some. 404 has the same words everywhere: Django's would
    name our models."""
    if isinstance(error, Http404 | NotFound):
        error = NotFound(NOT_FOUND)
    method, view = context["request"].method, context["view"]
    denied = isinstance(error, (PermissionDenied, NotAuthenticated))
    if denied and method not in view.allowed_methods:
        error = MethodNotAllowed(method)
    return drf_exception_handler(error, context)


def error_response(request: HttpRequest, status: HTTPStatus, detail: str) -> HttpResponse:
    """``detail`` as JSON or as a page, whichever the address serves."""
    response: HttpResponse
    if request.path.startswith("/api/") and not _prefers_html(request):
        response = JsonResponse({"detail": detail}, status=status)
    else:
        context = {"title": status.phrase, "detail": detail}
        response = render(request, "web/error.html", context, status=status)
    patch_vary_headers(response, ["Accept"])
    return response


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return error_response(request, HTTPStatus.BAD_REQUEST, "This request is malformed.")


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return error_response(request, HTTPStatus.FORBIDDEN, "Permission denied.")


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form came without the token of the page that it was on."""
    return error_response(
        request,
        HTTPStatus.FORBIDDEN,
        "This form has expired, or it did not come from this site. Nothing was saved. Go back, "
        "reload the page and send the form again. Cookies must be enabled.",
    )


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return error_response(request, HTTPStatus.NOT_FOUND, NOT_FOUND)


def server_error(request: HttpRequest) -> HttpResponse:
    detail = "Something went wrong on our side."
    return error_response(request, HTTPStatus.INTERNAL_SERVER_ERROR, detail)


def _prefers_html(request: HttpRequest) -> bool:
    return request.get_preferred_type(["application/json", "text/html"]) == "text/html"
