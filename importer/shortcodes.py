"""WordPress's shortcodes: [gallery ids="1,2"], [caption …]<img> words[/caption]."""

import re


def without_shortcodes(html: str) -> str:
    """The text without the codes themselves; what stands between a pair stays, and so does an old
    caption's text.

    A code is what WordPress brings, what has a quoted attribute, or what comes in pairs: "[sic]",
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


BUILT_IN = {"audio", "caption", "embed", "gallery", "playlist", "video", "wp_caption"}

# Possessive, and never past the next bracket: linear.
_CODE = re.compile(r"\[(/?)([a-zA-Z][\w-]*+)([^\[\]]*+)\]")
_QUOTED = re.compile(r"""\s[\w-]{1,40}=["'“”″&]""")
_OLD_CAPTION = re.compile(r'\bcaption="([^"]*)"')
