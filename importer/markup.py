"""Splits the HTML of blogs into tags and text. Never fails, and takes time in proportion to the
length of its input.

The standard library's parser is not used: fed `<a <a <a …`, the one in Python 3.11 takes minutes
for 120,000 characters (CVE-2025-6069), and anyone may have written the comments.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape


@dataclass(frozen=True, slots=True)
class Tag:
    """A start or an end tag, its name in lower case. Attributes are not kept."""

    name: str
    is_end: bool


def tokens(html: str) -> Iterator[Tag | str]:
    """Tags, and runs of text with their character references decoded.

    Comments, declarations and the content of RAW elements are left out. A tag that never closes
    is text.
    """
    at = 0
    while at < len(html):
        opening = html.find("<", at)
        if opening < 0:
            opening = len(html)
        if opening > at:
            yield _decoded(html[at:opening])
        at = opening
        if at == len(html):
            return
        if skipped := _SKIPPED.match(html, at):
            at = _after(html, skipped.end(), "-->" if skipped[0] == "<!--" else ">")
        elif not _TAG_START.match(html, at):
            yield "<"
            at += 1
        elif tag := _TAG.match(html, at):
            name, is_end = tag[2].lower(), bool(tag[1])
            yield Tag(name, is_end)
            at = tag.end()
            if name in RAW and not is_end and not tag[0].endswith("/>"):
                at = _end_of_raw(html, at, name)
        else:
            yield _decoded(html[at:])
            return


RAW = {
    *("script", "style", "template", "iframe", "object", "svg", "math", "audio", "video"),
    *("noscript", "textarea", "title"),
}
"""Elements whose content is no text of the page: code, pictures, controls, fallbacks."""

_SKIPPED = re.compile(r"<!--|<[!?]")
_TAG_START = re.compile(r"</?[a-zA-Z]")
# Possessive throughout: no step is ever taken back. A quotation that never closes is looked for
# at most once a kind, as there is none further on either.
_TAG = re.compile(
    r"""<(/?)([a-zA-Z][^\s/>]*+)        # the name
        (?:=\s*+(?:"[^"]*+"|'[^']*+')   # a quoted value may hold a >
          |=
          |[^=>]++)*+>""",
    re.VERBOSE,
)
_RAW_ENDS = {name: re.compile(rf"</{name}(?=[\s/>])[^>]*+>?", re.IGNORECASE) for name in RAW}
# More digits than any character has; Python refuses to read numbers of thousands of digits.
_ENDLESS_REFERENCE = re.compile(r"&#(?:[0-9]{10,}|[xX][0-9a-fA-F]{10,});?")


def _after(html: str, start: int, end: str) -> int:
    found = html.find(end, start)
    return len(html) if found < 0 else found + len(end)


def _end_of_raw(html: str, start: int, name: str) -> int:
    end = _RAW_ENDS[name].search(html, start)
    return end.end() if end else len(html)


def _decoded(text: str) -> str:
    return unescape(_ENDLESS_REFERENCE.sub("\N{REPLACEMENT CHARACTER}", text))
