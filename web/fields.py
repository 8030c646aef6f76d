"""Text as it comes in over the API."""

from typing import Any

from drf_spectacular.extensions import OpenApiSerializerFieldExtension
from rest_framework import serializers

from web.text import plain_text


class TextField(serializers.CharField):
    """Plain text. A string is a string: a number or a boolean is not turned into one."""

    default_validators = (plain_text,)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        text: str = super().to_internal_value(data)
        return text


class PlainText(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]
    """How the schema describes it."""

    target_class = "web.fields.TextField"

    def map_serializer_field(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        schema: dict[str, Any] = auto_schema._map_serializer_field(
            self.target, direction, bypass_extensions=True
        )
        if direction == "response":
            return schema
        what = (
            "No control characters but line breaks and tabs, and something that can be seen. "
            "Spaces around it are taken off."
        )
        # Where it may be empty, drf-spectacular adds that as another kind of string.
        return {**schema, "format": "plain-text", "minLength": 1, "description": what}
