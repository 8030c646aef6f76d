"""What a request asks for in its query string."""

from typing import Any

from django_filters.rest_framework import DjangoFilterBackend
from rest_framework import serializers
from rest_framework.request import Request

from eventstore.querystring import given


def asked(request: Request, by: type[serializers.BaseSerializer[Any]]) -> dict[str, Any]:
    """The query string, read by a serializer. Raises ValidationError (400) with the names of what
    is wrong, or given several times."""
    serializer = by(data=given(request))
    serializer.is_valid(raise_exception=True)
    values: dict[str, Any] = serializer.validated_data
    return values


class FilterBackend(DjangoFilterBackend):  # type: ignore[misc]
    """Filters read the query string in the same way."""

    def get_filterset_kwargs(self, request: Request, queryset: Any, view: Any) -> dict[str, Any]:
        return {**super().get_filterset_kwargs(request, queryset, view), "data": given(request)}
