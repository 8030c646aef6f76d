"""WordPress's own shortcodes, such as [gallery ids="1,2"], which stand in a post's text and mean
something to WordPress alone.

WordPress takes any bracket that begins with the name of a shortcode for one. Authors write "[video
of the talk]" too: here a bracket is a shortcode only if its whole content reads as one, and it
never is in code. Plugins' shortcodes cannot be told from words, and stay.
"""

import re
from collections import Counter, deque
from collections.abc import Iterator
from html import escape

from importer.markup import BLOCKS, CODE, Tag, decoded, in_full

CAPTIONS = {"caption", "wp_caption"}
PLAYERS = {"audio", "video", "embed"}
FORMATS = {
    *("src", "mp3", "m4a", "ogg", "oga", "wav", "wma", "flac"),
    *("mp4", "m4v", "webm", "ogv", "flv", "wmv", "mov"),
}
"""The attributes that are the address of a recording."""
ATTRIBUTES = FORMATS | {
    *("align", "autoplay", "caption", "class", "columns", "exclude", "height", "id", "ids"),
    *("include", "link", "loop", "muted", "order", "orderby", "poster", "preload", "size"),
    *("style", "type", "width"),
}
"""What has a meaning without quotation marks; "[gallery opening=soon]" is a sentence."""

# Each stands for a tag, or for code, in the text that is searched for shortcodes.
BLOCK, INLINE = "\x00", "\x01"
_MARKS = re.compile(f"([{BLOCK}{INLINE}])")

# Possessive, and never past the next bracket: linear.
_BRACKET = re.compile(
    r"\[(?P<open>\[?)(?P<slash>/?)"
    r"(?P<name>wp_caption|caption|gallery|playlist|audio|video|embed)(?![\w-])"
    r"(?P<rest>[^\[\]]*+)\](?P<close>\]?)"
)
_CODE = re.compile(
    r"\[(?P<slash>/?)(?P<name>code|sourcecode|source|bash|cpp|csharp|css|html|java|javascript|js"
    r"|php|plain|powershell|ps|python|py|ruby|shell|sql|text|vb|xml)(?:\s[^\[\]]*+)?\]"
)
_PART = re.compile(
    r"""([\w-]++)\s*+=\s*+(?:"([^"]*+)"|'([^']*+)'|([^\s"']++))(?!\S) | (\S++)""", re.VERBOSE
)
_ADDRESS = re.compile(rf"https?://\S+|\S+\.(?:{'|'.join(sorted(FORMATS - {'src'}))})")
_APART_BEFORE = re.compile(rf"(?:^|[\s{BLOCK}{INLINE}])\Z")
_APART_AFTER = re.compile(rf"[\s{BLOCK}{INLINE}.,;!?\[]|\Z")
_ALONE_BEFORE = re.compile(rf"(?:^|[\n{BLOCK}])[ \t{INLINE}]*\Z")
_ALONE_AFTER = re.compile(rf"[ \t{INLINE}]*(?:[\n{BLOCK}]|\Z)")
_SPACES = re.compile("&nbsp;|\N{NO-BREAK SPACE}|\N{ZERO WIDTH SPACE}")


def with_code_blocks(html: str) -> str:
    """The HTML with lines between [code] and [/code], or what else plug-ins for code call it, as
    preformatted text: the lines keep their indentation, and the brackets stay."""
    pieces, at = [], 0
    opened: dict[str, re.Match[str]] = {}
    for match in _CODE.finditer(html):
        if not match["slash"]:
            opened.setdefault(match["name"], match)
            continue
        first = opened.pop(match["name"], None)
        if first and first.start() >= at and "\n" in html[first.end() : match.start()]:
            code = html[first.start() : match.end()]
            pieces += [html[at : first.start()], f"<pre>{code}</pre>"]
            at = match.end()
    return "".join([*pieces, html[at:]])


def without_shortcodes(
    tokens: Iterator[Tag | str], site: str, counts: Counter[tuple[str, str]]
) -> Iterator[Tag | str]:
    """The tokens of a post without shortcodes: a caption's text stays, and the address of a
    recording, completed with that of its `site`. An escaped [[gallery]] is the text "[gallery]".
    `counts` counts the shortcodes of which something is kept, and those that are left out."""
    text, marked = _with_marks(tokens)
    opened: Counter[str] = Counter()
    escaped: Counter[str] = Counter()
    at = 0

    def until(end: int) -> Iterator[Tag | str]:
        return _unmarked(text[at:end], marked)

    for match, following in _with_following(list(_BRACKET.finditer(text))):
        name, rest, start, end = match["name"], match["rest"], match.start(), match.end()
        is_pair = following is not None and bool(following["slash"])
        if match["slash"]:
            if match["close"] and escaped[name]:
                escaped[name] -= 1
                yield from until(end - 1)
            elif opened[name]:
                opened[name] -= 1
                yield from until(start + len(match["open"]))
                yield from (Tag("figure", is_end=True), match["close"])
            else:
                continue
        elif match["open"] and (match["close"] or (following and is_pair and following["close"])):
            escaped[name] += not match["close"]
            yield from until(start)
            yield from _unmarked(match[0][1 : -1 if match["close"] else None], marked)
        else:
            kept = _kept(
                name, rest, is_pair, text[max(0, start - 80) : start], text[end : end + 80]
            )
            if kept is None:
                continue
            yield from until(start + len(match["open"]))
            yield Tag("figure")
            if name in PLAYERS:
                for address in kept.split():
                    yield from (escape(in_full(decoded(address), site)), Tag("br"))
            else:
                yield from _unmarked(kept, marked)
            if is_pair and not rest.endswith("/"):
                opened[name] += 1
            else:
                yield Tag("figure", is_end=True)
            is_kept = kept or name in CAPTIONS or (name == "embed" and is_pair)
            kind = "kept as links" if name in PLAYERS else "kept as plain text"
            counts[kind if is_kept else "left out", f"[{name}]"] += 1
            yield match["close"]
        at = end
    yield from until(len(text))


def _with_following(
    brackets: list[re.Match[str]],
) -> Iterator[tuple[re.Match[str], re.Match[str] | None]]:
    """Each bracket with the next one of the same name."""
    following: dict[str, re.Match[str]] = {}
    pairs = []
    for match in reversed(brackets):
        pairs.append((match, following.get(match["name"])))
        following[match["name"]] = match
    return reversed(pairs)


def _kept(name: str, rest: str, is_pair: bool, before: str, after: str) -> str | None:
    """What stays of the shortcode: a caption, addresses, or nothing. None if it is a sentence."""
    rest = _SPACES.sub(" ", rest)
    if rest[:1] not in ("", " ", "\n", "\t", "/"):
        return None
    parts = _PART.findall(rest.rstrip().removesuffix("/"))
    named = {key.lower(): a or b or c for key, a, b, c, _ in parts if key}
    words = [word for *_, word in parts if word]
    if not parts:
        return "" if is_pair or _stands(name, before, after) else None
    addresses = [named[key] for key in named if key in FORMATS]
    if not any(quoted or other for _, quoted, other, *_ in parts):
        if not (named.keys() <= ATTRIBUTES and all(map(_ADDRESS.fullmatch, words))):
            return None
        if words and name not in PLAYERS:
            return None
    caption = named.get("caption", "") if name in CAPTIONS else ""
    if len(_MARKS.findall(rest)) != len(_MARKS.findall(caption)):
        return None
    if name in PLAYERS:
        return "\n".join(dict.fromkeys([*filter(_ADDRESS.fullmatch, words), *addresses]))
    return f"{caption} " if caption else ""


def _stands(name: str, before: str, after: str) -> bool:
    """Whether a name alone in brackets is a shortcode. A gallery may stand between words, but
    "photos[gallery]" is none, nor "[gallery](https://…)". "[video]" is none in a line of text."""
    if name in ("gallery", "playlist"):
        return bool(_APART_BEFORE.search(before) and _APART_AFTER.match(after))
    is_recording = name in ("audio", "video")
    return is_recording and bool(_ALONE_BEFORE.search(before) and _ALONE_AFTER.match(after))


def _with_marks(tokens: Iterator[Tag | str]) -> tuple[str, deque[Tag | str]]:
    """The text in which shortcodes may stand, with a mark for each tag and for each piece of code,
    and these in their order."""
    pieces: list[str] = []
    marked: deque[Tag | str] = deque()
    code = 0
    for token in tokens:
        if isinstance(token, Tag):
            if token.name in CODE:
                code = max(0, code + (-1 if token.is_end else 1))
            pieces.append(BLOCK if token.name in BLOCKS else INLINE)
            marked.append(token)
        elif code:
            pieces.append(INLINE)
            marked.append(token)
        else:
            pieces.append(_MARKS.sub("", token))
    return "".join(pieces), marked


def _unmarked(text: str, marked: deque[Tag | str]) -> Iterator[Tag | str]:
    for piece in _MARKS.split(text):
        if piece in (BLOCK, INLINE):
            yield marked.popleft()
        elif piece:
            yield piece
