"""Read a request's query string, strictly."""

from typing import Any

from rest_framework import serializers
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
    reader = serializer(data=query_values(request))
    reader.is_valid(raise_exception=True)
    return reader.validated_data
