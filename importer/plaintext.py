"""From HTML to plain text for a page on which line breaks count: a blank line between paragraphs,
lists with their marks, a table's row on a line. Of links and pictures only the words are left."""

import unicodedata

from importer.markup import Tag, tokens
from web.text import BLANK_LETTERS, UNSEEN


def plain_text(html: str) -> str:
    """The text of an HTML fragment.

    Line breaks in text mean what they mean to WordPress: a break, and a blank line a paragraph;
    but nothing at all in what the block editor wrote.
    """
    writer = _Writer(breaks_count="<!-- wp:" not in html)
    for token in tokens(html):
        if isinstance(token, Tag):
            writer.tag(token)
        else:
            writer.text(without_controls(token))
    return writer.result()


def one_line(html: str) -> str:
    """The text of a fragment that has to fit on one line: a title, a name."""
    return " ".join(plain_text(html).split())


def without_controls(text: str) -> str:
    """The text without control characters and lone surrogates; every kind of line break is a
    newline."""
    if text.isprintable():
        return text
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(filter(_is_text, text))


def is_blank(text: str) -> bool:
    """Whether no character in it is visible."""
    return all(char in BLANK_LETTERS or unicodedata.category(char) in UNSEEN for char in text)


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


class _Writer:
    """Collects pieces of text, and what has to precede the next one."""

    def __init__(self, *, breaks_count: bool) -> None:
        self._breaks_count = breaks_count
        self._pieces: list[str] = []
        self._breaks = 0  # line breaks that tags require
        self._typed = 0  # line breaks in the text itself
        self._gap = ""  # the space instead, where there is no break
        self._mark = ""  # of a list's next item
        # The items so far in each open list; None where they have no numbers.
        self._counts: list[int | None] = []
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

    def tag(self, tag: Tag) -> None:
        if tag.name == "br":
            self._break(min(self._breaks + 1, 2))
        elif tag.name in CELLS:
            self._typed = 0
            self._gap = " | " if self._row_begun else ""
        elif tag.name in PARAGRAPHS:
            self._break(1 if tag.name in LISTS and len(self._counts) > tag.is_end else 2)
        elif tag.name in LINES:
            self._break(1)
        if tag.name in LISTS:
            self._list(tag)
        elif tag.name == "li":
            self._item(tag)
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

    def _list(self, tag: Tag) -> None:
        if not tag.is_end:
            self._counts.append(0 if tag.name == "ol" else None)
        elif self._counts:
            self._counts.pop()
        self._mark = ""

    def _item(self, tag: Tag) -> None:
        self._mark = ""
        if tag.is_end or not self._counts:
            return
        count = self._counts[-1]
        if count is not None:
            self._counts[-1] = count = count + 1
        indent = "  " * min(len(self._counts) - 1, MAX_INDENT)
        self._mark = indent + ("- " if count is None else f"{count}. ")

    def _add(self, words: str) -> None:
        if breaks := min(2, max(self._breaks, self._typed)):
            self._gap = "\n" * breaks
        self._pieces += [self._gap if self._pieces else "", self._mark, words]
        self._breaks, self._typed, self._gap, self._mark, self._row_begun = 0, 0, "", "", True


def _is_text(char: str) -> bool:
    return char in "\n\t" or unicodedata.category(char) not in {"Cc", "Cs"}
