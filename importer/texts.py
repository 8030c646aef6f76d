"""The texts of an export as our posts and comments may have them: plain, visible, and within
their limits."""

from collections import Counter

from importer.characters import is_blank
from importer.plaintext import one_line, plain_text
from importer.shortcodes import without_shortcodes
from importer.wxr import WxrComment, WxrItem

TITLE, BODY, AUTHOR, CONTENT = 200, 20_000, 80, 5_000
"""The longest that each may be, in characters."""

NO_TITLE, NO_TEXT = "(no title)", "(no text)"


class Texts:
    """Reads texts, and counts in `cut` what was too long, by name."""

    def __init__(self) -> None:
        self.cut: Counter[str] = Counter()

    def title(self, post: WxrItem) -> str:
        return self._within("post titles", _visible(one_line(post.title)) or NO_TITLE, TITLE)

    def body(self, post: WxrItem) -> str:
        return self._within(
            "post texts", _visible(plain_text(without_shortcodes(post.content))) or NO_TEXT, BODY
        )

    def author(self, of: WxrItem | WxrComment) -> str:
        """Empty for nobody."""
        return self._within("authors' names", _visible(one_line(of.author)), AUTHOR)

    def content(self, comment: WxrComment) -> str:
        """Empty where nothing was said."""
        return self._within("comment texts", _visible(plain_text(comment.content)), CONTENT)

    def _within(self, name: str, text: str, limit: int) -> str:
        if len(text) <= limit:
            return text
        self.cut[name] += 1
        return text[: limit - 1].rstrip() + "…"


def _visible(text: str) -> str:
    return "" if is_blank(text) else text
