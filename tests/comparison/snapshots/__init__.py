"""Snapshots of what the comparison shows of the kept run: the page's text, and the terminal's.

Moved code has to show the same. ``python -m tests.comparison.snapshots`` writes them anew: after a
new run is kept, or where a text was changed on purpose.
"""

import io
from html.parser import HTMLParser
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import ClassVar

from django.core.management import call_command
from django.test import Client, override_settings

HERE = Path(__file__).parent


def current() -> dict[str, str]:
    """The texts by the names of their files."""
    with TemporaryDirectory() as empty, override_settings(VAR_DIR=empty):
        return {"page.txt": _page(), "terminal.txt": _terminal()}


def write() -> None:
    for name, text in current().items():
        (HERE / name).write_text(text)


def _page() -> str:
    response = Client(headers={"host": "localhost"}).get("/comparison/")
    assert response.status_code == 200
    reader = _Text()
    reader.feed(response.text)
    reader.close()
    return reader.text


def _terminal() -> str:
    out = io.StringIO()
    call_command("compare", "all", "--show", "--kept", stdout=out)
    return "".join(f"{line.rstrip()}\n" for line in out.getvalue().splitlines())


class _Text(HTMLParser):
    """The text of the page's main part: a line for each block, a row of a table in one line."""

    INLINE: ClassVar = frozenset(
        {"a", "b", "code", "span", "output", "option", "th", "td", "title", "desc", "text"}
    )

    def __init__(self) -> None:
        super().__init__()
        self._lines = [""]
        self._main = False

    @property
    def text(self) -> str:
        lines = (" ".join(line.split()) for line in self._lines)
        return "".join(f"{line}\n" for line in lines if line)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._main = self._main or tag == "main"
        if tag not in self.INLINE:
            self._lines.append("")

    def handle_endtag(self, tag: str) -> None:
        self._main = self._main and tag != "main"
        if tag not in self.INLINE:
            self._lines.append("")
        else:
            self._lines[-1] += " "

    def handle_data(self, data: str) -> None:
        if self._main:
            self._lines[-1] += data
