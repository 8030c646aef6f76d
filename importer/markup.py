"""Splits the HTML of blogs into tags and text. It never fails, and takes time in proportion to the
length of its input.

The standard library's parser is not used: fed `<a <a <a …`, the one in Python 3.11 takes minutes
for 120,000 characters (CVE-2025-6069), and anyone may have written the comments.
"""

import re
import unicodedata
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from html import unescape
from itertools import chain
from urllib.parse import urljoin

RAW = {
    *("script", "style", "template", "iframe", "object", "svg", "audio", "video"),
    *("noscript", "textarea", "title"),
}
"""Elements whose content is no text of the page: code, pictures, controls, fallbacks."""
CODE = {"pre", "code"}

PARAGRAPHS = {
    *("p", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre"),
    *("ul", "ol", "dl", "table", "figure", "hr"),
}
LINES = {
    *("address", "article", "aside", "body", "caption", "center", "dd", "details", "div", "dt"),
    *("fieldset", "figcaption", "footer", "form", "header", "html", "legend", "li", "main", "nav"),
    *("option", "section", "summary", "tbody", "tfoot", "thead", "tr"),
}
CELLS = {"td", "th"}
BLOCKS = PARAGRAPHS | LINES | CELLS | {"br"}


NO_ADDRESS = ("#", "javascript:", "data:", "vbscript:", "about:", "blob:")


@dataclass(frozen=True, slots=True)
class Tag:
    """A start or an end tag, its name in lower case; `source` is the tag as it is written, and
    `content` what stands in a RAW element."""

    name: str
    is_end: bool = False
    source: str = ""
    content: str = ""

    def attributes(self) -> dict[str, str]:
        """By name in lower case, the first value of each, decoded."""
        found = _ATTRIBUTE.findall(self.source, len(self.name) + 1)
        values = ((name.lower(), decoded(a or b or c)) for name, a, b, c in reversed(found))
        return dict(values)


_TEXT = re.compile(r"[^<]+")
_SKIPPED = re.compile(r"<!--(?:.*?-->|.*)|<[!?][^>]*+>?", re.DOTALL)
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
_ADDRESS = re.compile(r"https?:|ftp:|mailto:|[^@:]+@")
_ATTRIBUTE = re.compile(
    r"""([^\s"'>/=]++)\s*+(?:=\s*+(?:"([^"]*+)"|'([^']*+)'|([^\s"'>]++)))?""", re.VERBOSE
)
_RAW_ENDS = {name: re.compile(rf"</{name}(?=[\s/>])[^>]*+>?", re.IGNORECASE) for name in RAW}
# More digits than any character has; Python refuses to read numbers of thousands of digits.
_ENDLESS_REFERENCE = re.compile(r"&#(?:[0-9]{10,}|[xX][0-9a-fA-F]{10,});?")


def tokens(html: str) -> Iterator[Tag | str]:
    """Tags, and runs of text whose character references are still to be decoded.

    Comments and declarations are left out. A tag that never closes is text, and so is an address
    in angle brackets."""
    at = 0
    while at < len(html):
        if text := _TEXT.match(html, at):
            yield text[0]
            at = text.end()
        elif skipped := _SKIPPED.match(html, at):
            at = skipped.end()
        elif not _TAG_START.match(html, at):
            yield "<"
            at += 1
        elif (tag := _TAG.match(html, at)) and _ADDRESS.match(tag[2]):
            yield html[at : tag.end()]
            at = tag.end()
        elif tag:
            name, is_end = tag[2].lower(), bool(tag[1])
            at = content_end = tag.end()
            if name in RAW and not is_end and not tag[0].endswith("/>"):
                raw_end = _RAW_ENDS[name].search(html, at)
                content_end = raw_end.start() if raw_end else len(html)
                yield Tag(name, is_end, tag[0], html[at:content_end])
                at = raw_end.end() if raw_end else len(html)
            else:
                yield Tag(name, is_end, tag[0])
        else:
            yield html[at:]
            return


def decoded(text: str) -> str:
    """The text with its character references replaced by what they stand for."""
    return unescape(_ENDLESS_REFERENCE.sub("\N{REPLACEMENT CHARACTER}", text))


def without_controls(text: str) -> str:
    """Without control characters and lone surrogates; every line break is a newline."""
    if text.isprintable():
        return text
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cs"))


def in_full(address: str, site: str) -> str:
    """A decoded address without spaces, completed with that of the page that it stands on; empty
    if it leads nowhere outside that page."""
    address = without_controls(address).replace("\n", "").replace("\t", "").strip()
    if not address or address.lower().startswith(NO_ADDRESS):
        return ""
    with suppress(ValueError):  # brackets that are no IPv6 address
        address = urljoin(site, address)
    return address.replace(" ", "%20")


def addresses_in(player: Tag, site: str) -> list[str]:
    """Of the player, of the recordings in it, or of the player in it."""
    inside = (tag for tag in tokens(player.content) if isinstance(tag, Tag) and not tag.is_end)
    sources = (tag for tag in inside if tag.name in ("source", "embed", "param", "iframe"))
    found = []
    for tag in chain([player], sources):
        values = tag.attributes()
        if tag.name == "param" and values.get("name", "").lower() not in ("movie", "src"):
            continue
        names = ("value",) if tag.name == "param" else ("src", "data", "data-src")
        addresses = (in_full(values[name], site) for name in names if name in values)
        found += [next(filter(None, addresses), "")]
    return list(dict.fromkeys(filter(None, found)))
