"""Reads WordPress eXtended RSS, the file that WordPress exports: a file in, dataclasses out, no
database.

The file is read twice, item by item, so that memory does not grow with it: once to check that all
of it is sound, and once for its content. Nothing in it is trusted.
"""

import re
import stat
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse

ADVICE = "Export it in WordPress under Tools, Export."

# The namespace has the version in it, and its scheme varies too.
_WP = re.compile(r"https?://(?:www\.)?wordpress\.org/export/[0-9.]+/?")
_PREFIXES = {
    "http://purl.org/rss/1.0/modules/content/": "content",
    "http://purl.org/dc/elements/1.1/": "dc",
}
_RSS_DATE = re.compile(r"[A-Z][a-z]{2}, \d{1,2} [A-Z][a-z]{2} \d{4} \d")


class WxrError(Exception):
    """The file cannot be imported; the message is one line for people."""


@dataclass(frozen=True, slots=True)
class WxrComment:
    """A comment, pingback or trackback as it stands in the export; `content` is HTML."""

    wp_id: str
    author: str
    content: str
    approved: str  # WordPress's word for its status: "1", "0", "spam", "trash"
    kind: str
    created_at: datetime | None


@dataclass(frozen=True, slots=True)
class WxrItem:
    """A post, page, attachment or whatever was exported; `title` and `content` are HTML."""

    wp_id: str
    guid: str
    title: str
    author: str  # the display name, else the login, else empty
    content: str
    kind: str  # WordPress's post_type: "post", "page", …
    status: str  # "publish", "draft", "private", …
    has_password: bool
    created_at: datetime | None
    comments: list[WxrComment]


@dataclass
class Export:
    """A valid export file. `site` distinguishes one blog's ids from another's: its address without
    scheme and last slash."""

    path: Path
    site: str = ""
    authors: dict[str, str] = field(default_factory=dict)  # display names by login
    item_count: int = 0

    def items(self) -> Iterator[WxrItem]:
        """Every item, in the file's order. Raises WxrError if the file has changed since."""
        for element in _channel_elements(self.path):
            if _name(element) == "item":
                yield self._item(element)

    def _item(self, item: Element) -> WxrItem:
        text = _texts(item)
        login = text["dc:creator"].strip()
        return WxrItem(
            wp_id=text["wp:post_id"].strip(),
            guid=text["guid"].strip(),
            title=text["title"],
            author=self.authors.get(login) or login,
            content=text["content:encoded"],
            kind=text["wp:post_type"].strip(),
            status=text["wp:status"].strip(),
            has_password=text["wp:post_password"] != "",
            created_at=_first_date(text["wp:post_date_gmt"], text["wp:post_date"], text["pubDate"]),
            comments=[_comment(child) for child in item if _name(child) == "wp:comment"],
        )


def open_export(path: Path) -> Export:
    """Reads it all once: no import begins with a file that is cut off. Raises WxrError."""
    export = Export(path)
    version = link = ""
    for element in _channel_elements(path):
        match _name(element):
            case "item":
                export.item_count += 1
            case "wp:wxr_version":
                version = element.text or ""
            case "wp:base_blog_url":
                export.site = _site(element.text or "")
            case "link":
                link = element.text or ""
            case "wp:author":
                text = _texts(element)
                login = text["wp:author_login"].strip()
                export.authors[login] = text["wp:author_display_name"].strip()
    if not version:
        raise WxrError(f"{path} is no WordPress export: it names no WXR version. {ADVICE}")
    export.site = export.site or _site(link)
    return export


def _comment(comment: Element) -> WxrComment:
    text = _texts(comment)
    return WxrComment(
        wp_id=text["wp:comment_id"].strip(),
        author=text["wp:comment_author"],
        content=text["wp:comment_content"],
        approved=text["wp:comment_approved"].strip(),
        kind=text["wp:comment_type"].strip(),
        created_at=_first_date(text["wp:comment_date_gmt"], text["wp:comment_date"]),
    )


def _site(address: str) -> str:
    return address.strip().partition("://")[2].rstrip("/").lower() or address.strip()


def _name(element: Element) -> str:
    """With its prefix, in any version of WXR: "wp:post_id", "title". The prefix is "?" where the
    namespace means nothing here."""
    namespace, _, name = element.tag.removeprefix("{").rpartition("}")
    if not namespace:
        return name
    prefix = "wp" if _WP.fullmatch(namespace) else _PREFIXES.get(namespace, "?")
    return f"{prefix}:{name}"


def _texts(element: Element) -> defaultdict[str, str]:
    """By name, the text of the first child that has it; empty for all other names."""
    texts = ((_name(child), "".join(child.itertext())) for child in reversed(element))
    return defaultdict(str, texts)


def _first_date(*texts: str) -> datetime | None:
    """The first of these that is a date: "2010-10-05 07:27:25", or RSS's "Tue, 05 Oct 2010
    07:27:25 +0000".

    What names no zone is UTC. Zeros, which drafts have, and years before 1000, which MariaDB
    cannot hold, are no date."""
    return next((date for text in texts if (date := _date(text.strip()))), None)


def _date(text: str) -> datetime | None:
    try:
        # The library alone would take the year -0001, WordPress's other zero, for 2000.
        rss = _RSS_DATE.match(text)
        date = parsedate_to_datetime(text) if rss else datetime.fromisoformat(text)
        date = date.replace(tzinfo=date.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return date if 1000 <= date.year < 9999 else None


def _channel_elements(path: Path) -> Iterator[Element]:
    """A feed's channel's children, each whole, cleared with the next. Raises WxrError."""
    with _one_line_errors(path):
        if not stat.S_ISREG(path.stat().st_mode):
            advice = "save the export in one first"
            raise WxrError(f"{path} is no file that can be read twice: {advice}.")
        parents: list[Element] = []
        with path.open("rb") as file:
            for event, element in iterparse(file, events=("start", "end"), forbid_dtd=True):
                if event == "start":
                    if not parents and element.tag != "rss":
                        began = f"it begins with <{element.tag[:60]}>"
                        raise WxrError(f"{path} is no WordPress export: {began}. {ADVICE}")
                    parents.append(element)
                    continue
                parents.pop()
                if len(parents) == 2:
                    yield element
                    parents[-1].clear()


@contextmanager
def _one_line_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise WxrError(f"{path} cannot be read: {error.strerror}. Check its name.") from error
    except DefusedXmlException as error:
        what = "a document type or entities, which no WordPress export does: it may be an attack"
        raise WxrError(f"{path} declares {what}. {ADVICE}") from error
    except (ParseError, ValueError, LookupError) as error:
        advice = "Export it again, or repair that place."
        raise WxrError(f"{path} is no well-formed XML: {error}. {advice}") from error
