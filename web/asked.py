"""What a request asks for in its query string."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request


def asked(request: Request, by: type[serializers.BaseSerializer[Any]]) -> dict[str, Any]:
    """The query string, read by a serializer; a name without a value counts as not given.
    Raises ValidationError (400) with the names of what is wrong."""
    given = {name: value for name, value in request.query_params.items() if value}
    serializer = by(data=given)
    serializer.is_valid(raise_exception=True)
    values: dict[str, Any] = serializer.validated_data
    return values
