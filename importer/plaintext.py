"""From HTML to plain text for a page on which line breaks count: a blank line between paragraphs,
lists with their marks, a table's row on a line. Links and pictures leave their words alone."""

from importer.characters import without_controls
from importer.markup import Tag, tokens


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


PARAGRAPHS = {
    "p",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "blockquote",
    "pre",
    "ul",
    "ol",
    "dl",
    "table",
    "figure",
    "hr",
}
LINES = {
    *(
        "address",
        "article",
        "aside",
        "body",
        "caption",
        "center",
        "dd",
        "details",
        "div",
        "dt",
        "fieldset",
        "figcaption",
    ),
    *(
        "footer",
        "form",
        "header",
        "html",
        "legend",
        "li",
        "main",
        "nav",
        "option",
        "section",
        "summary",
    ),
    *("tbody", "tfoot", "thead", "tr"),
}
CELLS = {"td", "th"}
LISTS = {"ul", "ol"}
DEEPEST_INDENT = 8


class _Writer:
    """Gathers pieces of text, and keeps in mind what has to stand before the next one."""

    def __init__(self, *, breaks_count: bool) -> None:
        self._breaks_count = breaks_count
        self._pieces: list[str] = []
        self._asked = 0  # line breaks that tags ask for
        self._typed = 0  # line breaks that stood in the text
        self._gap = ""  # what stands there instead where there is no break
        self._mark = ""  # of a list's item
        self._counts: list[
            int | None
        ] = []  # the items so far in each open list; None where they have no numbers
        self._row_begun = False
        self._verbatim = 0

    def text(self, text: str) -> None:
        if self._verbatim:
            self._add(text.lstrip("\n") if self._asked else text)
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
            self._ask(min(self._asked + 1, 2))
        elif tag.name in CELLS:
            self._typed = 0
            self._gap = " | " if self._row_begun else ""
        elif tag.name in PARAGRAPHS:
            self._ask(1 if tag.name in LISTS and len(self._counts) > tag.is_end else 2)
        elif tag.name in LINES:
            self._ask(1)
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

    def _ask(self, breaks: int) -> None:
        self._asked, self._typed, self._gap = max(self._asked, breaks), 0, ""

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
        indent = "  " * min(len(self._counts) - 1, DEEPEST_INDENT)
        self._mark = indent + ("- " if count is None else f"{count}. ")

    def _add(self, words: str) -> None:
        if breaks := min(2, max(self._asked, self._typed)):
            self._gap = "\n" * breaks
        self._pieces += [self._gap if self._pieces else "", self._mark, words]
        self._asked, self._typed, self._gap, self._mark, self._row_begun = 0, 0, "", "", True
