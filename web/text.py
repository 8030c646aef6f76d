"""Validation of text that people send: plain, and with something visible in it."""

import unicodedata

from django.core.exceptions import ValidationError

LINE_BREAKS = "\n\r\t"
UNSEEN = {"Cf", "Cc", "Zs", "Zl", "Zp"}
BLANK_LETTERS = {*"\u034f\u115f\u1160\u2800\u3164\uffa0", *map(chr, range(0xFE00, 0xFE10))}
"""What Unicode calls letters, marks and symbols, and shows as nothing."""


def is_blank(text: str) -> bool:
    """Whether no character in it is visible."""
    return all(char in BLANK_LETTERS or unicodedata.category(char) in UNSEEN for char in text)


def plain_text(value: str) -> None:
    """A validator for models, forms and serializers: no control characters, and not only
    characters that nobody sees."""
    text = set(value).difference(LINE_BREAKS)
    categories = {unicodedata.category(char) for char in text - BLANK_LETTERS}
    if categories & {"Cc", "Cs"}:
        raise ValidationError("Control characters are not allowed.", code="control")
    # Characters that this Python does not know yet (Cn) may well be new emoji.
    if text and categories <= UNSEEN:
        raise ValidationError("This has no visible text.", code="blank")
