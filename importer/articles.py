"""From the HTML of blogs to the Markdown of posts and comments. It never fails, and takes time in
proportion to the length of its input.
"""

import re
from collections import Counter
from collections.abc import Iterator

from importer import markdown
from importer.markdown import (
    BOLD,
    CODE,
    ITALIC,
    MAX_NUMBER,
    NO_STYLES,
    STRIKE,
    Block,
    Container,
    Link,
    List,
    Piece,
    may_contain,
)
from importer.markup import (
    CELLS,
    LINES,
    PARAGRAPHS,
    Tag,
    addresses_in,
    decoded,
    in_full,
    tokens,
    without_controls,
)
from importer.shortcodes import with_code_blocks, without_shortcodes
from web.markdown import IMAGE_SCHEMES, is_linkable

Counts = Counter[tuple[str, str]]
"""How often something was "kept as plain text", "kept as links" or "left out", by what it was."""

TEXT, LINK, OUT = "kept as plain text", "kept as links", "left out"
LISTS = {"ul", "ol"}
HEADINGS = {"h1": 1, "h2": 2, "h3": 3, "h4": 4, "h5": 5, "h6": 6}
PLAYERS = {"iframe", "object", "embed", "audio", "video"}
STYLES = {
    **dict.fromkeys(("b", "strong"), BOLD),
    **dict.fromkeys(("i", "em", "dfn", "var"), ITALIC),
    **dict.fromkeys(("s", "del", "strike"), STRIKE),
    **dict.fromkeys(("code", "tt", "kbd", "samp"), CODE),
}
PLAIN = {
    **dict.fromkeys(("u", "ins"), "underlines"),
    **dict.fromkeys(("sub", "sup"), "subscripts and superscripts"),
    "table": "tables",
}
"""What is no more than text here, by its tag."""
MEANINGLESS = {
    "script": "scripts",
    "style": "styles",
    "svg": "drawings",
    **dict.fromkeys(("form", "textarea"), "forms"),
}
IMAGE_ADDRESSES = ("src", "data-src", "data-lazy-src", "data-orig-file")
"""The later ones are where plug-ins that load images late keep it."""
SMILEYS = {"wp-smiley", "emoji"}
_URL = re.compile(r"""url\(\s*+["']?([^"')\s]++)""")


def article(html: str, site: str, counts: Counts, *, is_post: bool = False) -> str:
    """The Markdown of a post or comment; relative addresses are completed with that of its `site`.
    Only a post has shortcodes. `counts` counts what could not be kept as it was.

    Line breaks in text mean what they mean to WordPress: a break, and a blank line a paragraph;
    but nothing at all in what the block editor wrote."""
    found = tokens(with_code_blocks(without_controls(html)))
    writer = _Writer(breaks_count="<!-- wp:" not in html, site=site, counts=counts)
    blocks = writer.blocks(without_shortcodes(found, site, counts) if is_post else found)
    lost = "bold, italics, strikes"
    return markdown.written(blocks, lambda: counts.update([(TEXT, lost)]))


def one_line(html: str) -> str:
    """The plain text of a fragment that has to fit on one line: a title, a name."""
    blocks = _Writer(breaks_count=True).blocks(tokens(without_controls(html)))
    return " ".join(" ".join(block.text for block in blocks).split())


class _Writer:
    """Collects blocks, and what has to precede the next piece. Without `counts`, addresses are left
    out."""

    def __init__(self, *, breaks_count: bool, site: str = "", counts: Counts | None = None) -> None:
        self._breaks_count = breaks_count
        self._site = site
        self._counts = counts
        self._blocks: list[Block] = []
        self._paragraph: Block | None = None
        self._open: list[List | Container] = []
        self._path: list[Container] = []  # of the open ones, those that Markdown has levels for
        self._lists = self._quotes = 0  # of the open ones
        self._breaks = 0  # line breaks that tags require
        self._typed = 0  # line breaks in the text itself
        self._gap = ""  # the space instead, where there is no break
        self._row_begun = False
        self._level = 0  # of the open heading
        self._figures = 0  # that are open
        self._styles: Counter[str] = Counter()
        self._is_in_code = False  # in the line of code that the last piece is in
        self._code: list[str] = []
        self._open_code = 0
        self._link: Link | None = None
        self._target: Link | None = None  # the same, if it can be one here
        self._words: list[str] = []  # of the open link

    def blocks(self, found: Iterator[Tag | str]) -> list[Block]:
        for token in found:
            if isinstance(token, Tag):
                self._tag(token)
            else:
                self._text(without_controls(decoded(token)))
        self._end_link()
        self._end_code()
        self._end_paragraph()
        while self._blocks and self._blocks[-1].is_rule:
            self._blocks.pop()
        return self._blocks

    def _text(self, text: str) -> None:
        if self._open_code:
            self._add(text)
            return
        for number, line in enumerate(text.split("\n") if self._breaks_count else [text]):
            self._typed += 1 if number else 0
            if line[:1].isspace():
                self._gap = self._gap or " "
            if words := " ".join(line.split()):
                self._add(words)
                self._gap = " " if line[-1].isspace() else ""

    def _tag(self, tag: Tag) -> None:
        name, is_end = tag.name, tag.is_end
        if self._counts is not None:
            self._addresses(tag, self._counts)
        if name == "pre" and is_end and self._open_code == 1:
            self._end_code()
        if name == "br" and self._open_code:
            self._code.append("\n")
        elif name == "br":
            self._break(min(self._breaks + 1, 2))
        elif name in CELLS:
            self._typed = 0
            self._gap = " | " if self._row_begun else ""
        elif name in PARAGRAPHS:
            self._level = 0 if is_end else HEADINGS.get(name, 0)
            self._break(2)
        elif name in LINES:
            self._break(1)
        if name in LISTS:
            self._end(List) if is_end else self._begin_list(tag)
        elif name == "li":
            self._item(is_end=is_end)
        elif name == "blockquote":
            self._end(Container) if is_end else self._begin(Container())
        elif name == "hr":
            self._rule()
        elif name in STYLES:
            style = STYLES[name]
            self._styles[style] = max(0, self._styles[style] + (-1 if is_end else 1))
            self._is_in_code &= style != CODE
        elif name == "figure":
            self._figures = max(0, self._figures + (-1 if is_end else 1))
        elif name == "tr":
            self._row_begun = False
        elif name == "sup" and is_end:
            self._gap = self._gap.removesuffix("^")
        elif name == "sup" and not (self._gap or self._breaks or self._typed):
            # "10²" is not "102".
            self._gap = "^" if self._last_char().isdigit() else ""
        elif name == "q":
            self._text("”" if is_end else "“")
        elif name == "pre":
            self._open_code = max(0, self._open_code + (-1 if is_end else 1))
        elif name == "img":
            self._image(tag.attributes())

    def _last_char(self) -> str:
        return self._paragraph.pieces[-1].text[-1:] if self._paragraph else ""

    # Containers

    def _begin_list(self, tag: Tag) -> None:
        number = None
        if tag.name == "ol":
            start = tag.attributes().get("start", "")
            is_number = start.isascii() and start.isdecimal() and len(start) < 10
            number = min(int(start), MAX_NUMBER) if is_number else 1
        self._open.append(List(number))
        self._lists += 1

    def _item(self, *, is_end: bool) -> None:
        if self._open and isinstance(item := self._open[-1], Container) and item.of:
            self._end_item(item)
        if is_end or not (self._open and isinstance(of := self._open[-1], List)):
            return
        item = Container(of, of.number)
        of.number = None if of.number is None else of.number + 1
        self._begin(item)
        if item not in self._path:
            self._text(f"{item.number}. " if item.number is not None else "- ")

    def _end_item(self, item: Container) -> None:
        """A number is read even if there is nothing else in the item."""
        self._end_paragraph()
        self._pop()
        is_empty = not (self._blocks and item in self._blocks[-1].path)
        if is_empty and item.number is not None and may_contain(self._path, item):
            self._blocks.append(Block((*self._path, item)))

    def _begin(self, container: Container) -> None:
        self._open.append(container)
        self._quotes += container.of is None
        if may_contain(self._path, container):
            self._path.append(container)

    def _end(self, kind: type[List] | type[Container]) -> None:
        """Of the innermost list or quotation, and of all in it."""
        if not (self._lists if kind is List else self._quotes):
            return
        while True:
            ended = self._open[-1]
            if isinstance(ended, Container) and ended.of:
                self._end_item(ended)
            else:
                self._end_paragraph()
                self._pop()
                if isinstance(ended, kind):
                    return

    def _pop(self) -> None:
        ended = self._open.pop()
        if isinstance(ended, List):
            self._lists -= 1
        else:
            self._quotes -= ended.of is None
            if self._path and self._path[-1] is ended:
                self._path.pop()

    def _rule(self) -> None:
        self._end_paragraph()
        if self._blocks and not (self._path or self._blocks[-1].is_rule or self._open_code):
            self._blocks.append(Block((), is_rule=True))

    # Links, images and players

    def _addresses(self, tag: Tag, counts: Counts) -> None:
        if tag.name == "a":
            self._end_link()
            address = "" if tag.is_end else self._address(tag.attributes().get("href", ""))
            self._link, self._words = Link(address) if address else None, []
            self._target = self._link if is_linkable(address) else None
        elif tag.is_end:
            return
        elif "background" in tag.source and (url := _URL.search(tag.attributes().get("style", ""))):
            address = self._address(url[1])
            if not address:
                counts[OUT, "images"] += 1
            self._break(1)
            self._show("", address)
            self._break(1)
        elif tag.name in PLAIN:
            counts[TEXT, PLAIN[tag.name]] += 1
        elif tag.name == "area" and (address := self._address(tag.attributes().get("href", ""))):
            self._add_line(address)
        elif tag.name in MEANINGLESS:
            counts[OUT, MEANINGLESS[tag.name]] += 1
        elif tag.name in PLAYERS:
            addresses = addresses_in(tag, self._site)
            counts[LINK if addresses else OUT, "players"] += 1
            for address in addresses:
                self._add_line(address)

    def _end_link(self) -> None:
        link, words, self._link = self._link, "".join(self._words).strip(), None
        target, self._target = self._target, None
        if link is None or self._counts is None or link.has_words:
            return
        if target and not words:
            self._add_address(link.address)
            return
        self._counts[TEXT, "links"] += 1
        if not words:
            self._add(link.address)
        elif link.address.rstrip("/") != words.rstrip("/") and f"({link.address})" not in words:
            self._append(link.address)

    def _image(self, values: dict[str, str]) -> None:
        words = values.get("alt", "").strip() or values.get("title", "")
        alt = " ".join(without_controls(words).split())
        if SMILEYS & set(values.get("class", "").split()):
            self._text(alt)
            return
        self._gap = self._gap or " "
        address = ""
        if self._counts is not None:
            addresses = (self._address(values[name]) for name in IMAGE_ADDRESSES if name in values)
            address = next(filter(None, addresses), "")
            if not address:
                self._counts[TEXT if alt else OUT, "images"] += 1
        self._show(alt, address)
        self._gap = " "
        if self._figures and not self._open_code:
            self._break(1)  # its caption follows

    def _show(self, alt: str, address: str) -> None:
        """An image, where there can be one."""
        can_show = address.partition(":")[0].lower() in IMAGE_SCHEMES and is_linkable(address)
        if can_show and not self._open_code:
            self._put(Piece(alt, self._current_styles() - {CODE}, self._target, address))
            return
        self._text(alt)
        if address and self._counts is not None:
            self._counts[TEXT, "images"] += 1
            if alt:
                self._append(address)
            else:
                self._add(address)

    def _append(self, address: str) -> None:
        """Behind the last word, whatever breaks have been required since."""
        then = self._breaks, self._typed, self._gap
        self._breaks, self._typed, self._gap = 0, 0, " "
        if self._open_code or self._paragraph is None:
            self._add(f" ({address})" if self._open_code else f"({address})")
        else:
            self._paragraph.pieces += [Piece(" "), Piece(f"({address})")]
        self._breaks, self._typed, self._gap = then

    def _address(self, address: str) -> str:
        return in_full(address, self._site)

    # Pieces

    def _break(self, breaks: int) -> None:
        self._breaks, self._typed, self._gap = max(self._breaks, breaks), 0, ""

    def _add_line(self, address: str) -> None:
        self._break(1)
        self._add_address(address)
        self._break(1)

    def _add_address(self, address: str) -> None:
        if self._open_code or not is_linkable(address):
            self._add(address)
        else:
            self._put(Piece(address, link=Link(address)))

    def _add(self, words: str) -> None:
        if self._link:
            self._words.append(words)
        if not self._open_code:
            self._put(Piece(words, self._current_styles(), self._target))
            return
        if self._breaks and self._code and not self._code[-1].endswith("\n"):
            self._code.append("\n")
        self._code.append(words)
        self._breaks, self._gap = 0, ""

    def _current_styles(self) -> frozenset[str]:
        return frozenset(style for style, number in self._styles.items() if number)

    def _end_code(self) -> None:
        code = "\n".join(map(str.rstrip, "".join(self._code).split("\n"))).strip("\n")
        self._code = []
        if code:
            self._end_paragraph()
            self._blocks.append(Block(tuple(self._path), code=code))
            self._break(2)

    def _put(self, piece: Piece) -> None:
        breaks = min(2, max(self._breaks, self._typed))
        path = tuple(self._path)
        block = self._paragraph
        if block is None or breaks == 2 or (block.path, block.level) != (path, self._level):
            self._end_paragraph()
            block = self._paragraph = Block(path, level=self._level)
        elif breaks or self._gap:
            link = piece.link if block.pieces[-1].link is piece.link else None
            styles = frozenset({CODE}) if self._is_in_code and not breaks else NO_STYLES
            block.pieces.append(Piece("\n" if breaks else self._gap, styles, link))
        block.pieces.append(piece)
        self._is_in_code = CODE in piece.styles
        if piece.link:
            piece.link.has_words = True
        self._breaks, self._typed, self._gap, self._row_begun = 0, 0, "", True

    def _end_paragraph(self) -> None:
        if self._paragraph:
            self._blocks.append(self._paragraph)
            self._paragraph = None
