"""Text as it comes in over the API."""

from typing import Any

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
