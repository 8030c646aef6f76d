"""Text as it comes in from the page's forms."""

from typing import Any, ClassVar

from django import forms

from web.text import plain_text


class TextField(forms.CharField):
    """Plain text with line breaks as ``\\n``. A browser sends two characters for each, but counts
    one against the field's ``maxlength``."""

    default_error_messages: ClassVar = {
        "max_length": "At most %(limit_value)d characters, please; these are %(show_value)d.",
    }
    default_validators = [plain_text]

    def to_python(self, value: Any) -> str:
        text = super().to_python(value) or ""
        return text.replace("\r\n", "\n").replace("\r", "\n")
