"""Which characters a text may have, and whether any of them can be seen."""

import unicodedata

from web.text import BLANK_LETTERS, UNSEEN


def without_controls(text: str) -> str:
    """The text without control characters and lone surrogates; every kind of line break is a
    newline."""
    if text.isprintable():
        return text
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(filter(_is_text, text))


def is_blank(text: str) -> bool:
    """Whether there is nothing to see in it."""
    return all(char in BLANK_LETTERS or unicodedata.category(char) in UNSEEN for char in text)


def _is_text(char: str) -> bool:
    return char in "\n\t" or unicodedata.category(char) not in {"Cc", "Cs"}
