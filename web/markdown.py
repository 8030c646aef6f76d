"""Formats the text of posts and comments: a safe subset of Markdown.

Paragraphs with the line breaks as typed, links and bare addresses, emphasis, strikes, code, quotes,
lists, rules, and images in posts. HTML in a text is text. A heading is a bold paragraph, so that
the page's own headings keep their order. Nothing here fails, whatever the text, and all of it takes
time in proportion to the text's length.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from html import unescape
from typing import Any
from urllib.parse import unquote, urlsplit

import nh3
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.renderer import RendererHTML
from markdown_it.rules_block import StateBlock
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from web.text import is_blank

MAX_CACHED_TEXTS = 500  # in each process
MAX_LEVEL = 12  # of blocks in one another: a quote is one, a list two; what is deeper is text
MAX_URL_LENGTH = 2_000
SCHEMES = {"http", "https", "mailto"}
IMAGE_SCHEMES = {"http", "https"}
REL = "nofollow ugc noopener"
LAZY_IMAGE = {"loading": "lazy", "referrerpolicy": "no-referrer"}
RULES = [
    *("fence", "blockquote", "hr", "list", "heading", "backticks", "emphasis", "strikethrough"),
    *("link", "image", "autolink", "balance_pairs", "escape", "entity"),
]
TAGS = {
    *("p", "br", "hr", "blockquote", "ul", "ol", "li", "pre", "code", "strong", "em", "s"),
    *("a", "img"),
}


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader reads: the visible ``text``, with line breaks between blocks, and the targets
    of links and the addresses of images, ``links``, in their order."""

    text: str
    links: tuple[str, ...]

    @property
    def texts(self) -> tuple[str, ...]:
        """The text and each address, as it is written and as it is decoded: for rules."""
        decoded = (unquote(link) for link in self.links)
        return tuple(dict.fromkeys((self.text, *self.links, *decoded)))


def is_linkable(url: str) -> bool:
    """Whether an address may be a link's target."""
    try:
        parts = urlsplit(url)
        has_target = parts.path if parts.scheme == "mailto" else parts.hostname
        return parts.scheme in SCHEMES and bool(has_target) and parts.port != 0
    except ValueError:  # brackets that are no IPv6 address, letters that are no port
        return False


def url_at(text: str, colon: int, end: int) -> str | None:
    """The bare address in a text whose colon is here, as it is typed: without what ends the
    sentence around it."""
    scheme = _SCHEME.search(text, max(0, colon - 6), colon)
    rest = _BARE_URL.match(text, colon, end) if scheme else None
    shown = rest[0].rstrip(_ENDS_OF_SENTENCES) if rest else ""
    return f"{scheme[1]}{shown}" if scheme and shown.strip("/:") else None


@lru_cache(MAX_CACHED_TEXTS)
def render(text: str, *, images: bool = False) -> SafeString:
    """The text as HTML. Without ``images``, an image is a link to it. A text of which nothing would
    be seen, as ``#`` alone, is shown as it is typed."""
    html = _parser.render(_encodable(text), {"images": images})
    clean = nh3.clean(
        html,
        tags=TAGS,
        clean_content_tags=set(),
        attributes={
            "*": set(),
            "a": {"href"},
            "img": {"src", "alt", *LAZY_IMAGE},
            "ol": {"start"},
            "pre": {"tabindex"},
        },
        url_schemes=SCHEMES,
        link_rel=REL,
    )
    if not _LINKED.search(clean) and is_blank(unescape(_TAG.sub("", clean))):
        clean = f"<p>{escapeHtml(_encodable(text))}</p>\n" if text.strip() else ""
    return mark_safe(clean)  # noqa: S308


@lru_cache(MAX_CACHED_TEXTS)
def reading(text: str, *, images: bool = False) -> Reading:
    """What a reader of the rendered text reads."""
    pieces, links = list[str](), list[str]()
    numbers: list[int | None] = []  # of the next item, for each open list
    for part, is_end, tag, attributes in _PART.findall(render(text, images=images)):
        values = dict(_ATTRIBUTE.findall(attributes))
        if not tag:
            pieces.append(unescape(part))
        elif tag in ("a", "img") and not is_end:
            links.append(unescape(values.get("href") or values.get("src", "")))
            pieces.append(unescape(values.get("alt", "")))
        elif tag == "br":
            pieces.append("\n")
        elif tag in ("ul", "ol"):
            numbers.pop() if is_end else numbers.append(_start(values) if tag == "ol" else None)
        elif tag == "li" and not is_end:
            number = numbers[-1] if numbers else None
            pieces.append("\n- " if number is None else f"\n{number}. ")
            numbers[-1:] = [None if number is None else number + 1]
        elif tag in ("p", "blockquote", "pre", "hr"):
            pieces.append("\n\n")
    return Reading(_BLANK_LINES.sub("\n\n", "".join(pieces)).strip(), tuple(filter(None, links)))


def excerpt(text: str, chars: int) -> str:
    """The beginning of what a reader reads, on one line: at most ``chars`` characters, cut at a
    word where there is one."""
    words = " ".join(reading(text, images=True).text.split())
    if len(words) <= chars:
        return words
    cut = (
        words[:chars].rsplit(" ", 1)[0] if " " in words[chars // 2 : chars] else words[: chars - 1]
    )
    return cut.rstrip(" .,;:–—-") + "…"


_PART = re.compile(r"""([^<]+)|<(/?)([a-z]+)((?:\s[a-z]+="[^"]*")*)\s?/?>""")
_TAG = re.compile(r"<[^>]*>")
_LINKED = re.compile(r"<(?:a|img) ")
_ATTRIBUTE = re.compile(r'([a-z]+)="([^"]*)"')
_BLANK_LINES = re.compile(r"\s*\n\s*\n\s*")
_SCHEME = re.compile(r"(?<![A-Za-z0-9])(https?)\Z", re.IGNORECASE)
# No brackets but those that close; what ends it is often the sentence's.
_BARE_URL = re.compile(
    rf"://(?=[^\s/.])(?:[^\s<>()\[\]{{}}\"`*\\|]|\([^\s<>()\[\]{{}}\"`*\\|]{{0,99}}+\)){{1,{MAX_URL_LENGTH}}}+"
)
_ENDS_OF_SENTENCES = ".,:;!?'_~…’”»"


def _start(values: dict[str, str]) -> int:
    start = values.get("start", "1")
    return int(start) if start.isdecimal() else 1


def _encodable(text: str) -> str:
    """Without lone surrogates, which have no bytes."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _limit_depth(parser: MarkdownIt, name: str, alternatives: list[str]) -> None:
    rules = parser.block.ruler.__rules__
    rule = next(each.fn for each in rules if each.name == name)

    def limited(state: StateBlock, start: int, end: int, silent: bool) -> bool:
        return state.level < MAX_LEVEL and rule(state, start, end, silent)

    parser.block.ruler.at(name, limited, {"alt": alternatives})


def _end_of_quote(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """A line without ``>`` is no part of the quote above it: people answer there."""
    return silent and state.parentType == "blockquote"


def _line_break(state: StateInline, silent: bool) -> bool:
    """As typed; the next line keeps its indentation."""
    if state.src[state.pos] != "\n":
        return False
    if not silent:
        state.pending = state.pending.rstrip(" ")
        state.push("hardbreak", "br", 0)
    state.pos += 1
    return True


def _bare_url(state: StateInline, silent: bool) -> bool:
    """Makes a link of a bare address, seen at its colon: its scheme waits to be written."""
    if silent or state.linkLevel or state.src[state.pos] != ":":
        return False
    shown = url_at(state.src, state.pos, state.posMax)
    scheme = (shown or "").partition(":")[0]
    # What was escaped or ended something else is no part of an address.
    if not shown or not state.pending.endswith(scheme):
        return False
    url = state.md.normalizeLink(shown)
    if not state.md.validateLink(url):
        return False
    state.pending = state.pending[: -len(scheme)]
    state.push("link_open", "a", 1).attrs = {"href": url}
    state.push("text", "", 0).content = shown
    state.push("link_close", "a", -1)
    state.pos += len(shown) - len(scheme)
    return True


def _finish(state: StateCore) -> None:
    """A heading is a bold paragraph; a link without words shows its address; an image is a link
    where no images are shown."""
    for token in state.tokens:
        if token.type == "inline":
            token.children = list(_shown(token.children or [], images=state.env["images"]))


def _shown(tokens: list[Token], *, images: bool) -> Any:
    """The tokens of a paragraph as they are shown."""
    opened: Token | None = None
    is_empty = False
    for token in tokens:
        if token.type == "link_open":
            opened, is_empty = token, True
        elif token.type == "link_close":
            if opened and is_empty:
                yield _text(str(opened.attrs["href"]))
            opened = None
        elif token.content.strip() or token.type == "image":
            is_empty = False
        if token.type != "image":
            yield token
            continue
        source = str(token.attrs["src"])
        is_shown = images and source.partition(":")[0].lower() in IMAGE_SCHEMES
        alt = _renderer.renderInlineAsText(token.children or [], _parser.options, {})
        if is_shown:
            token.attrs = {"src": source, "alt": alt, **LAZY_IMAGE}
            token.children = [_text(alt)]
            yield token
        elif opened:
            yield _text(alt or source)
        else:
            yield Token("link_open", "a", 1, attrs={"href": source})
            yield _text(alt or source)
            yield Token("link_close", "a", -1)


def _text(content: str) -> Token:
    return Token("text", "", 0, content=content)


def _code_block(_: Any, tokens: list[Token], index: int, *__: Any) -> str:
    # Whoever has only a keyboard scrolls what is too wide, once it has the focus.
    return f'<pre tabindex="0"><code>{escapeHtml(tokens[index].content)}</code></pre>\n'


def _make_parser() -> MarkdownIt:
    parser = MarkdownIt("zero", {"maxNesting": 20, "html": False, "xhtmlOut": False})
    parser.enable(RULES)
    _limit_depth(parser, "blockquote", ["paragraph", "blockquote", "list"])
    _limit_depth(parser, "list", ["paragraph", "blockquote"])
    parser.block.ruler.before("paragraph", "end_of_quote", _end_of_quote, {"alt": ["blockquote"]})
    parser.inline.ruler.at("newline", _line_break)
    parser.inline.ruler.after("text", "bare_url", _bare_url)
    parser.core.ruler.push("finish", _finish)
    parser.enable("newline")
    parser.validateLink = is_linkable  # type: ignore[method-assign]
    parser.normalizeLinkText = lambda link: link  # type: ignore[method-assign]
    parser.add_render_rule("fence", _code_block)
    for name, html in {
        "heading_open": "<p><strong>",
        "heading_close": "</strong></p>\n",
        "hardbreak": "<br>",
    }.items():
        parser.add_render_rule(name, lambda *_, html=html: html)
    return parser


_parser = _make_parser()
_renderer = RendererHTML()
