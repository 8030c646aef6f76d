"""From the HTML of blogs to plain text for a page on which line breaks count: a blank line between
paragraphs, lists with their marks, a table's row on a line. Of links and pictures only the words
are left. It never fails, and takes time in proportion to the length of its input.

The standard library's parser is not used: fed `<a <a <a …`, the one in Python 3.11 takes minutes
for 120,000 characters (CVE-2025-6069), and anyone may have written the comments.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from itertools import count, repeat

from web.text import BLANK_LETTERS, UNSEEN


def plain_text(html: str) -> str:
    """The text of an HTML fragment.

    Line breaks in text mean what they mean to WordPress: a break, and a blank line a paragraph;
    but nothing at all in what the block editor wrote."""
    writer = _Writer(breaks_count="<!-- wp:" not in html)
    for token in _tokens(html):
        if isinstance(token, _Tag):
            writer.tag(token)
        else:
            writer.text(without_controls(token))
    return writer.result()


def one_line(html: str) -> str:
    """The text of a fragment that has to fit on one line: a title, a name."""
    return " ".join(plain_text(html).split())


def without_controls(text: str) -> str:
    """Without control characters and lone surrogates; every line break is a newline."""
    if text.isprintable():
        return text
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cs"))


def is_blank(text: str) -> bool:
    """Whether no character in it is visible."""
    return all(char in BLANK_LETTERS or unicodedata.category(char) in UNSEEN for char in text)


# WordPress's own shortcodes.
BUILT_IN = {"audio", "caption", "embed", "gallery", "playlist", "video", "wp_caption"}

# Possessive, and never past the next bracket: linear.
_CODE = re.compile(r"\[(/?)([a-zA-Z][\w-]*+)([^\[\]]*+)\]")
_QUOTED = re.compile(r"""\s[\w-]{1,40}=["'“”″&]""")
_OLD_CAPTION = re.compile(r'\bcaption="([^"]*)"')


def without_shortcodes(html: str) -> str:
    """The text without WordPress's shortcodes, such as [gallery ids="1,2"] or [caption …]<img>
    words[/caption]. The text between a pair stays, and so does an old caption's.

    A code is one of WordPress's own, has a quoted attribute, or comes in pairs: "[sic]",
    "[1]" and "[note: a=b]" are words."""
    codes = [(code[1], code[2]) for code in _CODE.finditer(html)]
    pairs = {name for slash, name in codes if slash} & {name for slash, name in codes if not slash}

    def replace(code: re.Match[str]) -> str:
        name, rest = code[2], code[3]
        if not (name in BUILT_IN or name in pairs or rest.strip() == "/" or _QUOTED.search(rest)):
            return code[0]
        caption = _OLD_CAPTION.search(rest) if name.endswith("caption") else None
        return caption[1] if caption else ""

    return _CODE.sub(replace, html)


@dataclass(frozen=True, slots=True)
class _Tag:
    """A start or an end tag, its name in lower case. Attributes are not kept."""

    name: str
    is_end: bool


RAW = {
    *("script", "style", "template", "iframe", "object", "svg", "math", "audio", "video"),
    *("noscript", "textarea", "title"),
}
"""Elements whose content is no text of the page: code, pictures, controls, fallbacks."""
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
LISTS = {"ul", "ol"}
MAX_INDENT = 8

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
_RAW_ENDS = {name: re.compile(rf"</{name}(?=[\s/>])[^>]*+>?", re.IGNORECASE) for name in RAW}
# More digits than any character has; Python refuses to read numbers of thousands of digits.
_ENDLESS_REFERENCE = re.compile(r"&#(?:[0-9]{10,}|[xX][0-9a-fA-F]{10,});?")


def _tokens(html: str) -> Iterator[_Tag | str]:
    """Tags, and runs of text with their character references decoded.

    Comments, declarations and the content of RAW elements are left out. A tag that never closes
    is text."""
    at = 0
    while at < len(html):
        if text := _TEXT.match(html, at):
            yield _decoded(text[0])
            at = text.end()
        elif skipped := _SKIPPED.match(html, at):
            at = skipped.end()
        elif not _TAG_START.match(html, at):
            yield "<"
            at += 1
        elif tag := _TAG.match(html, at):
            name, is_end = tag[2].lower(), bool(tag[1])
            yield _Tag(name, is_end)
            at = tag.end()
            if name in RAW and not is_end and not tag[0].endswith("/>"):
                raw_end = _RAW_ENDS[name].search(html, at)
                at = raw_end.end() if raw_end else len(html)
        else:
            yield _decoded(html[at:])
            return


def _decoded(text: str) -> str:
    return unescape(_ENDLESS_REFERENCE.sub("\N{REPLACEMENT CHARACTER}", text))


class _Writer:
    """Collects pieces of text, and what has to precede the next one."""

    def __init__(self, *, breaks_count: bool) -> None:
        self._breaks_count = breaks_count
        self._pieces: list[str] = []
        self._breaks = 0  # line breaks that tags require
        self._typed = 0  # line breaks in the text itself
        self._gap = ""  # the space instead, where there is no break
        self._mark = ""  # of a list's next item
        self._lists: list[Iterator[str]] = []  # for each open list, the marks of its next items
        self._row_begun = False
        self._verbatim = 0

    def text(self, text: str) -> None:
        if self._verbatim:
            self._add(text.lstrip("\n") if self._breaks else text)
            return
        for number, line in enumerate(text.split("\n") if self._breaks_count else [text]):
            self._typed += 1 if number else 0
            if line[:1].isspace():
                self._gap = self._gap or " "
            if words := " ".join(line.split()):
                self._add(words)
                self._gap = " " if line[-1].isspace() else ""

    def tag(self, tag: _Tag) -> None:
        if tag.name == "br":
            self._break(min(self._breaks + 1, 2))
        elif tag.name in CELLS:
            self._typed = 0
            self._gap = " | " if self._row_begun else ""
        elif tag.name in PARAGRAPHS:
            self._break(1 if tag.name in LISTS and len(self._lists) > tag.is_end else 2)
        elif tag.name in LINES:
            self._break(1)
        if tag.name in LISTS:
            self._mark = ""
            if not tag.is_end:
                numbers = map("{}. ".format, count(1))
                self._lists.append(numbers if tag.name == "ol" else repeat("- "))
            elif self._lists:
                self._lists.pop()
        elif tag.name == "li":
            self._mark = ""
            if self._lists and not tag.is_end:
                indent = "  " * min(len(self._lists) - 1, MAX_INDENT)
                self._mark = indent + next(self._lists[-1])
        elif tag.name == "tr":
            self._row_begun = False
        elif tag.name == "pre":
            self._verbatim = max(0, self._verbatim + (-1 if tag.is_end else 1))

    def result(self) -> str:
        lines = [line.rstrip() for line in "".join(self._pieces).split("\n")]
        return "\n".join(
            line for number, line in enumerate(lines) if line or lines[number - 1]
        ).strip("\n")

    def _break(self, breaks: int) -> None:
        self._breaks, self._typed, self._gap = max(self._breaks, breaks), 0, ""

    def _add(self, words: str) -> None:
        if breaks := min(2, max(self._breaks, self._typed)):
            self._gap = "\n" * breaks
        self._pieces += [self._gap if self._pieces else "", self._mark, words]
        self._breaks, self._typed, self._gap, self._mark, self._row_begun = 0, 0, "", "", True
