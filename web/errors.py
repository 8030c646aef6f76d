"""What services answer when something is wrong, in DRF's shape."""

from typing import Any

from django.core.exceptions import RequestDataTooBig
from rest_framework import status
from rest_framework.exceptions import APIException
from rest_framework.response import Response
from rest_framework.views import exception_handler as drf_exception_handler


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


class TooLarge(APIException):
    """413 for a body whose size nobody announced."""

    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_detail = "The body is too large."
    default_code = "too_large"


def exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's own, which also turns ``wait`` into Retry-After."""
    if isinstance(error, RequestDataTooBig):
        error = TooLarge()
    return drf_exception_handler(error, context)
