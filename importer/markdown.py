"""Writes paragraphs, lists, quotations and code as the Markdown that `web.markdown` renders. Text
that only looks like Markdown is escaped, so that it is read as it was.
"""

import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby, pairwise
from urllib.parse import quote

from web.markdown import MAX_LEVEL, reading, url_at

BOLD, ITALIC, STRIKE, CODE = "**", "*", "~~", "`"
MAX_NUMBER = 999_000_000  # of a list's item: Markdown allows nine digits
NO_STYLES = frozenset[str]()


@dataclass(eq=False, slots=True)
class Link:
    address: str
    has_words: bool = False


@dataclass(slots=True)
class Piece:
    """Some words, white space between words, or a line break; an image has a `source`, and its
    alternative text as `text`."""

    text: str
    styles: frozenset[str] = NO_STYLES
    link: Link | None = None
    source: str = ""


@dataclass(eq=False, slots=True)
class List:
    number: int | None = None  # of the next item; None where items have none
    sign: str = ""


@dataclass(eq=False, slots=True)
class Container:
    """A quotation, or an item of a list."""

    of: List | None = None
    number: int | None = None

    @property
    def level(self) -> int:
        return 2 if self.of else 1

    @property
    def mark(self) -> str:
        if self.of is None:
            return "> "
        return f"{self.of.sign} " if self.number is None else f"{self.number}{self.of.sign} "


@dataclass(slots=True)
class Block:
    """A paragraph, or a heading of a `level`, of `pieces`; or `code`; or none of these: an item
    without words. A `rule` is a line across the page."""

    path: tuple[Container, ...]
    pieces: list[Piece] = field(default_factory=list)
    level: int = 0
    code: str = ""
    is_rule: bool = False

    @property
    def text(self) -> str:
        return self.code or "".join(piece.text for piece in self.pieces)


def may_contain(path: Iterable[Container], more: Container) -> bool:
    """Whether Markdown has this many levels."""
    return sum(container.level for container in path) + more.level <= MAX_LEVEL


def written(blocks: list[Block], lose_styles: Callable[[], None]) -> str:
    """The blocks as Markdown. `lose_styles` is called for each paragraph with styles that cannot be
    expressed."""
    lines: list[str] = []
    begun: set[Container] = set()
    previous: tuple[Container, ...] | None = None
    was_text = False
    for block in blocks:
        body = _body(block, lose_styles)
        shared = _shared(previous or (), block.path)
        _choose_sign(previous or (), block.path, shared)
        if previous is not None and not (_follows(previous, block, shared, was_text)):
            lines.append(_indented("", block.path[:shared], begun))
        for line in body:
            lines.append(_indented(line, block.path, begun))
            begun.update(block.path)
        previous, was_text = block.path, bool(block.pieces)
    return "\n".join(lines).strip("\n")


def escaped(text: str, *, in_link: bool = False) -> str:
    """The text so that it is read as it stands. Addresses stay as they are: they become links, but
    not within another one."""
    ends = deque[tuple[int, int]]() if in_link else deque(_addresses(text))

    def escape(match: re.Match[str]) -> str:
        while ends and ends[0][1] <= match.start():
            ends.popleft()
        is_in_address = ends and ends[0][0] <= match.start()
        return match[0] if is_in_address else "\\" + match[0]

    return (_SPECIAL_IN_LINKS if in_link else _SPECIAL).sub(escape, text)


def _addresses(text: str) -> Iterator[tuple[int, int]]:
    """From where to where an address reaches, for each one."""
    end = 0
    while (colon := text.find("://", end)) >= 0:
        url = url_at(text, colon, len(text))
        start = colon - len(url.partition(":")[0]) if url else colon
        end = max(start + len(url or ""), colon + 3)
        yield start, start + len(url or "")


# Between letters, an underscore is no emphasis; brackets are a link only in front of an address.
_MARKS = r"[\\`*]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])|~(?=~)|(?<=~)~|<(?=[A-Za-z])"
_REFERENCE_START = r"&(?=#?[A-Za-z0-9]+;)"
_SPECIAL = re.compile(rf"{_MARKS}|{_REFERENCE_START}|\](?=\()")
_SPECIAL_IN_LINKS = re.compile(rf"{_MARKS}|{_REFERENCE_START}|[\[\]]")
_REFERENCE = re.compile(_REFERENCE_START)
_LINE_STARTS = re.compile(
    r"^(?:(?P<digits>[0-9]{1,9})(?=[.)](?:\s|$))|(?=[-+](?:\s|$)|#{1,6}(?:\s|$)|>|-[- \t]*$))",
    re.MULTILINE,
)
_BREAKS_ADDRESSES = re.compile(r"[\s<>()\\`\"]")
_CLOSING_HASHES = re.compile(r"(?:(?<=\s)|^)(#+)$")
_TICKS = re.compile(r"`+")
_LEADING_MARKS = re.compile(r"[^\w\s]*")
_TRAILING_MARKS = re.compile(r"[^\w\s]*\Z")


def _body(block: Block, lose_styles: Callable[[], None]) -> list[str]:
    if block.is_rule:
        return ["---"]
    if block.code:
        fence = "`" * max(3, 1 + max(map(len, _TICKS.findall(block.code)), default=0))
        return [fence, *block.code.split("\n"), fence]
    if not block.pieces:
        return [""]
    text = _inline(block.pieces)
    if any(piece.styles - {CODE} for piece in block.pieces) and not _reads_as(block, text):
        lose_styles()
        for piece in block.pieces:
            piece.styles &= {CODE}
        text = _inline(block.pieces)
    if block.level:
        line = _CLOSING_HASHES.sub(r"\\\1", " ".join(text.split()))
        return [f"{'#' * block.level} {line}"]
    return _LINE_STARTS.sub(lambda m: f"{m['digits'] or ''}\\", text).split("\n")


def _reads_as(block: Block, text: str) -> bool:
    read = reading(text, images=True).text
    return "".join(read.split()) == "".join(block.text.split())


def _inline(pieces: list[Piece]) -> str:
    out: list[str] = []
    for link, group in groupby(pieces, key=lambda piece: piece.link):
        inside = list(group)
        text = "".join(_styled(inside, in_link=link is not None))
        if link is None:
            out.append(text)
            continue
        address = _destination(link.address)
        is_address = "".join(piece.text for piece in inside) == link.address == address
        is_plain = not any(piece.styles or piece.source for piece in inside)
        if out and out[-1].endswith("!"):
            out.append("\\".join([out.pop()[:-1], "!"]))
        out.append(f"<{address}>" if is_address and is_plain else f"[{text}]({address})")
    return "".join(out)


def _styled(pieces: list[Piece], *, in_link: bool) -> Iterator[str]:
    """The pieces as Markdown, with the marks of their styles where these begin and end."""
    pieces = _merged(pieces)
    _move_marks_out(pieces)
    pieces = [piece for piece in pieces if piece.text or piece.source]
    lasts = _lasts(pieces)
    opened: list[str] = []
    for at, piece in enumerate(pieces):
        wanted = piece.styles - {CODE}
        keep = next((n for n, style in enumerate(opened) if style not in wanted), len(opened))
        while len(opened) > keep:
            yield opened.pop()
        begins = wanted.difference(opened) if piece.source or piece.text.strip() else ()
        for style in sorted(begins, key=lambda style: (-lasts[at][style], style)):
            opened.append(style)
            yield style
        if piece.source:
            # An exclamation mark before it is its own.
            yield f"![{escaped(piece.text, in_link=True)}]({_destination(piece.source)})"
        elif CODE in piece.styles:
            yield _code_span(piece.text)
        else:
            yield escaped(piece.text, in_link=in_link)
    yield from reversed(opened)


def _merged(pieces: list[Piece]) -> list[Piece]:
    """With white space in the styles that it lies between, and one piece for each style."""
    merged: list[Piece] = []
    for at, piece in enumerate(pieces):
        styles = piece.styles
        is_space = not (piece.source or piece.text.strip())
        if is_space:
            before = pieces[at - 1].styles if at else NO_STYLES
            after = pieces[at + 1].styles if at + 1 < len(pieces) else NO_STYLES
            styles = (before & after) - {CODE} | (styles & {CODE})
        last = merged[-1] if merged else None
        is_same = last and last.styles == styles and not (last.source or piece.source)
        if last and is_same and (is_space or last.text.strip()):
            last.text += piece.text
        else:
            merged.append(Piece(piece.text, styles, None, piece.source))
    return merged


def _move_marks_out(pieces: list[Piece]) -> None:
    """A style begins or ends between a letter and a mark of punctuation only on the letter's side
    of it; Markdown does not see it otherwise."""
    for left, right in pairwise(pieces):
        if left.source or right.source or CODE in left.styles | right.styles:
            continue
        if not (left.text and right.text):
            continue
        if left.text[-1].isalnum() and right.styles - left.styles:
            marks = _LEADING_MARKS.match(right.text)
            assert marks
            left.text += marks[0]
            right.text = right.text[marks.end() :]
        elif right.text[0].isalnum() and left.styles - right.styles:
            found = _TRAILING_MARKS.search(left.text)
            assert found
            right.text = found[0] + right.text
            left.text = left.text[: found.start()]


def _lasts(pieces: list[Piece]) -> list[dict[str, int]]:
    """For each piece and each of its styles, how many pieces the style lasts."""
    lasts: list[dict[str, int]] = []
    following: dict[str, int] = {}
    for piece in reversed(pieces):
        following = {style: following.get(style, 0) + 1 for style in piece.styles}
        lasts.append(following)
    return lasts[::-1]


def _code_span(text: str) -> str:
    runs = set(map(len, _TICKS.findall(text)))
    ticks = "`" * next(length for length in range(1, len(runs) + 2) if length not in runs)
    space = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{ticks}{space}{text}{space}{ticks}"


def _destination(address: str) -> str:
    address = _BREAKS_ADDRESSES.sub(lambda match: quote(match[0]), address)
    return _REFERENCE.sub("&amp;", address)


def _indented(line: str, path: tuple[Container, ...], begun: set[Container]) -> str:
    """The line in its containers; the marks of those that begin with it."""
    marks = (
        container.mark
        if container.of is None or (container not in begun)
        else " " * len(container.mark)
        for container in path
    )
    return "".join([*marks, line]) if line else "".join(marks).rstrip()


def _shared(path: tuple[Container, ...], other: tuple[Container, ...]) -> int:
    """How many containers they begin with are the same."""
    pairs = zip(path, other, strict=False)
    return next((n for n, (a, b) in enumerate(pairs) if a is not b), min(len(path), len(other)))


def _choose_sign(before: tuple[Container, ...], path: tuple[Container, ...], shared: int) -> None:
    """A list that follows another one of its kind has another sign: it would be the same list."""
    for at, container in enumerate(path):
        if container.of and not container.of.sign:
            signs = "-*" if container.number is None else ".)"
            neighbour = before[at].of if at == shared and at < len(before) else None
            container.of.sign = signs[1 if neighbour and neighbour.sign == signs[0] else 0]


def _follows(before: tuple[Container, ...], block: Block, shared: int, was_text: bool) -> bool:
    """Whether the block follows without an empty line: the next item of a list, or the first of a
    list within an item."""
    new = block.path[shared] if shared < len(block.path) else None
    if new is None or new.of is None:
        return False
    if shared < len(before):
        return before[shared].of is new.of
    is_within_item = shared > 0 and block.path[shared - 1].of is not None
    return is_within_item and was_text and new.number in (None, 1) and bool(block.text)
