"""The texts of an export as our posts and comments may have them: plain, visible, and within
their limits."""

import re
from collections import Counter

from importer.plaintext import is_blank, one_line, plain_text
from importer.wxr import WxrComment, WxrItem

MAX_TITLE, MAX_BODY, MAX_AUTHOR, MAX_CONTENT = 200, 20_000, 80, 5_000  # characters
NO_TITLE, NO_TEXT = "(no title)", "(no text)"

# WordPress's own shortcodes.
BUILT_IN = {"audio", "caption", "embed", "gallery", "playlist", "video", "wp_caption"}

# Possessive, and never past the next bracket: linear.
_CODE = re.compile(r"\[(/?)([a-zA-Z][\w-]*+)([^\[\]]*+)\]")
_QUOTED = re.compile(r"""\s[\w-]{1,40}=["'“”″&]""")
_OLD_CAPTION = re.compile(r'\bcaption="([^"]*)"')


class Texts:
    """Converts texts, and counts those that were too long, by name."""

    def __init__(self, counts: Counter[tuple[str, str]]) -> None:
        self._counts = counts

    def title(self, post: WxrItem) -> str:
        return self._visible(one_line(post.title), "post titles", MAX_TITLE) or NO_TITLE

    def body(self, post: WxrItem) -> str:
        text = plain_text(without_shortcodes(post.content))
        return self._visible(text, "post texts", MAX_BODY) or NO_TEXT

    def author(self, of: WxrItem | WxrComment) -> str:
        """Empty where there is none."""
        return self._visible(one_line(of.author), "authors' names", MAX_AUTHOR)

    def content(self, comment: WxrComment) -> str:
        """Empty where nothing in it is visible."""
        return self._visible(plain_text(comment.content), "comment texts", MAX_CONTENT)

    def _visible(self, text: str, name: str, limit: int) -> str:
        """The text, cut to its limit; empty where nothing in it is visible."""
        if is_blank(text):
            return ""
        if len(text) <= limit:
            return text
        self._counts["cut to their limit", name] += 1
        return text[: limit - 1].rstrip() + "…"


def without_shortcodes(html: str) -> str:
    """The text without WordPress's shortcodes, such as [gallery ids="1,2"] or [caption …]<img>
    words[/caption]. The text between a pair stays, and so does an old caption's.

    A code is one of WordPress's own, has a quoted attribute, or comes in pairs: "[sic]",
    "[1]" and "[note: a=b]" are words.
    """
    codes = [(code[1], code[2]) for code in _CODE.finditer(html)]
    pairs = {name for slash, name in codes if slash} & {name for slash, name in codes if not slash}

    def replace(code: re.Match[str]) -> str:
        name, rest = code[2], code[3]
        if not (name in BUILT_IN or name in pairs or rest.strip() == "/" or _QUOTED.search(rest)):
            return code[0]
        caption = _OLD_CAPTION.search(rest) if name.endswith("caption") else None
        return caption[1] if caption else ""

    return _CODE.sub(replace, html)
