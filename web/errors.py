"""What services answer when something is wrong, in DRF's shape."""

from typing import Any

from django.http import Http404
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

from web.pages import NOTHING


class Changed(APIException):
    """412: somebody else was faster."""

    status_code = status.HTTP_412_PRECONDITION_FAILED
    default_detail = "This has changed since you read it. Read it again."
    default_code = "changed"


class NotYet(APIException):
    """503: the read model has not come as far as the request wants. Try again in a second."""

    status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    default_detail = "The read model has not come that far yet. Try again."
    default_code = "not_yet"
    wait = 1


def exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's own, which also turns ``wait`` into Retry-After. What an address cannot do is 405
    for everyone, not 403 for some. What is not there is 404 in the same words everywhere: Django's
    would name our models."""
    if isinstance(error, Http404 | NotFound):
        error = NotFound(NOTHING)
    method, view = context["request"].method, context["view"]
    denied = isinstance(error, (PermissionDenied, NotAuthenticated))
    if denied and method not in view.allowed_methods:
        error = MethodNotAllowed(method)
    return drf_exception_handler(error, context)
