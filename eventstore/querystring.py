"""Read a request's query string, strictly."""

from functools import cache
from typing import Any

from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request


def query_values(request: Request) -> dict[str, str | list[str]]:
    """The value of each name. One without a value counts as absent; one that is repeated has all
    its values, which no field accepts that wants one."""
    lists = request.query_params.lists()
    values = {name: [text for text in texts if text] for name, texts in lists}
    return {name: some[0] if len(some) == 1 else some for name, some in values.items() if some}


def validated_query(request: Request, serializer: type[serializers.Serializer[Any]]) -> Any:
    """The query string, validated by ``serializer``. Raises ValidationError (400) with the names of
    what is wrong, or repeated."""
    values = query_values(request)
    return _validated(serializer, values) if values else {**_of_nothing(serializer)}


def _validated(
    serializer: type[serializers.Serializer[Any]], values: dict[str, str | list[str]]
) -> dict[str, Any]:
    reader = serializer(data=values)
    reader.is_valid(raise_exception=True)
    return dict(reader.validated_data)


@cache
def _of_nothing(serializer: type[serializers.Serializer[Any]]) -> dict[str, Any]:
    """What most requests send: a list that is asked for in full validates it three times."""
    return _validated(serializer, {})


class StrictQuery:
    """A mixin for API views that read: a name in the query string that is none of ``query_names``
    is 400. (Ignored, a filter with a typing error would return everything.)"""

    query_names: frozenset[str] = frozenset()

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)  # type: ignore[misc]
        unknown = query_values(request).keys() - self.query_names - {"format"}  # that is DRF's
        if unknown and request.method in SAFE_METHODS:
            raise ValidationError({name: ["Unknown parameter."] for name in sorted(unknown)})
