"""Reads WordPress eXtended RSS, the file that WordPress exports: a file in, dataclasses out, no
database.

The file is read twice, item by item, so that memory does not grow with it: once to check that all
of it is sound, and once for its content. One that is not well-formed is mended as it is read, which
takes longer. Nothing in it is trusted.
"""

import re
import stat
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from pathlib import Path
from typing import IO
from xml.etree.ElementTree import Element, ParseError
from xml.parsers.expat import errors

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse

from importer.repairs import RepairedFile, encoding_of

ADVICE = "Export it in WordPress under Tools, Export."

# Without scheme and last slash, which vary. WordPress's have the version in them.
_WP = re.compile(r"wordpress\.org/export/[0-9.]+")
_EXCERPT = re.compile(r"wordpress\.org/export/[0-9.]+/excerpt")
_PREFIXES = {
    "purl.org/rss/1.0/modules/content": "content",
    "purl.org/dc/elements/1.1": "dc",
}
OTHERS = {"category": "categories", "post_tag": "tags", "_thumbnail_id": "featured images"}
"""By the domain of a term, or the key of a field."""
_RSS_DATE = re.compile(r"[A-Z][a-z]{2}, \d{1,2} [A-Z][a-z]{2} \d{4} \d")
# Expat's words for a file that ends too early.
CUT_OFF = {
    errors.codes[name]
    for name in (
        errors.XML_ERROR_NO_ELEMENTS,
        errors.XML_ERROR_UNCLOSED_TOKEN,
        errors.XML_ERROR_UNCLOSED_CDATA_SECTION,
    )
}


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
    parent: str  # the wp_id of the comment that it replies to; "0" or empty where there is none
    has_site: bool  # its author's name led to a web site


@dataclass(frozen=True, slots=True)
class WxrItem:
    """A post, page, attachment or whatever was exported; `title` and `content` are HTML."""

    wp_id: str
    guid: str
    link: str
    slug: str  # the last part of its link, percent-encoded where it is not ASCII
    title: str
    author: str  # the display name, else the login, else empty
    content: str
    kind: str  # WordPress's post_type: "post", "page", …
    status: str  # "publish", "draft", "private", …
    has_password: bool
    created_at: datetime | None
    comments: list[WxrComment]
    others: Counter[str]  # what else it has, that is not read: "tags", "custom fields", …

    @property
    def identifiers(self) -> list[str]:
        """What other posts should not have, the most reliable first; a blog may have come from http
        to https between two exports."""
        guid, link = self.guid.partition("://"), self.link.partition("://")
        names = ("guid", guid[2] or guid[0]), ("link", link[2] or link[0]), ("post", self.wp_id)
        return [f"{name} {value}" for name, value in names if value]


@dataclass
class Export:
    """A valid export file. `site` distinguishes one blog's ids from another's: its address without
    scheme and last slash."""

    path: Path
    is_mended: bool = False  # as it is read, because it is not well-formed
    site: str = ""
    link: str = ""  # the blog's address, with which relative ones are completed
    repairs: Counter[str] = field(default_factory=Counter)  # what was mended, how often
    repeated: set[str] = field(default_factory=set)  # the identifiers that several posts have
    authors: dict[str, str] = field(default_factory=dict)  # display names by login
    item_count: int = 0

    def items(self) -> Iterator[WxrItem]:
        """Every item, in the file's order. Raises WxrError if the file has changed since."""
        for element in self._elements():
            if _name(element) == "item":
                yield self._item(element)

    def _elements(self) -> Iterator[Element]:
        """The channel's children, each whole, cleared with the next. Raises WxrError."""
        with _one_line_errors(self.path):
            if not self.is_mended:
                with self.path.open("rb") as file:
                    yield from _channel_elements(self.path, file)
                return
            with closing(RepairedFile(self.path)) as mended:
                yield from _channel_elements(self.path, mended)
                self.repairs = mended.repairs

    def _item(self, item: Element) -> WxrItem:
        text = _texts(item)
        login = text["dc:creator"].strip()
        return WxrItem(
            wp_id=text["wp:post_id"].strip(),
            guid=text["guid"].strip(),
            link=text["link"].strip(),
            slug=text["wp:post_name"].strip(),
            title=text["title"],
            author=self.authors.get(login) or login,
            content=text["content:encoded"],
            kind=text["wp:post_type"].strip(),
            status=text["wp:status"].strip(),
            has_password=text["wp:post_password"] != "",
            created_at=_first_date(text["wp:post_date_gmt"], text["wp:post_date"], text["pubDate"]),
            comments=[_comment(child) for child in item if _name(child) == "wp:comment"],
            others=Counter(filter(None, map(_other, item))),
        )


def open_export(path: Path) -> Export:
    """Reads it all once: no import begins with a file that is cut off. Raises WxrError."""
    with _one_line_errors(path):
        if not stat.S_ISREG(path.stat().st_mode):
            advice = "save the export in one first"
            raise WxrError(f"{path} is no file that can be read twice: {advice}.")
        is_utf8 = encoding_of(path) == ("utf-8", "")
    if is_utf8:
        with suppress(WxrError):
            return _read(Export(path))
    # As WordPress does: another reading for what is not well-formed.
    return _read(Export(path, is_mended=True))


def _read(export: Export) -> Export:
    version = link = ""
    posts: dict[int, int] = {}
    for element in export._elements():
        match _name(element):
            case "item":
                export.item_count += 1
                item = export._item(element)
                if item.kind == "post":
                    post = hash((item.title, item.created_at, item.content))
                    repeated = (
                        name
                        for name in item.identifiers
                        if posts.setdefault(hash(name), post) != post
                    )
                    export.repeated.update(repeated)
            case "wp:wxr_version":
                version = element.text or ""
            case "wp:base_blog_url":
                export.link = (element.text or "").strip()
                export.site = _site(export.link)
            case "link":
                link = link or (element.text or "").strip()
            case "wp:author":
                text = _texts(element)
                login = text["wp:author_login"].strip()
                export.authors[login] = text["wp:author_display_name"].strip()
    if not version:
        raise WxrError(f"{export.path} is no WordPress export: it names no WXR version. {ADVICE}")
    export.site = export.site or _site(link)
    export.link = link or export.link
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
        parent=text["wp:comment_parent"].strip(),
        has_site=text["wp:comment_author_url"].strip() not in ("", "http://", "https://"),
    )


def _other(child: Element) -> str:
    """What else of a blog this child of an item is; empty for what is read or means nothing."""
    match _name(child):
        case "category":
            return OTHERS.get(child.get("domain", "category"), "other terms")
        case "excerpt:encoded" if "".join(child.itertext()).strip():
            return "excerpts"
        case "wp:postmeta":
            key = _texts(child)["wp:meta_key"].strip()
            # The underscore means "internal" to WordPress.
            return OTHERS.get(key, "" if key.startswith("_") else "custom fields")
    return ""


def _site(address: str) -> str:
    return address.strip().partition("://")[2].rstrip("/").lower() or address.strip()


def _name(element: Element) -> str:
    """With its prefix, in any version of WXR: "wp:post_id", "title". The prefix is "?" where the
    namespace means nothing here."""
    namespace, _, name = element.tag.removeprefix("{").rpartition("}")
    if not namespace:
        return name
    return f"{_prefix(namespace)}:{name}"


@lru_cache(maxsize=100)
def _prefix(namespace: str) -> str:
    where = re.sub(r"^https?://(www\.)?", "", namespace.strip().lower()).rstrip("/")
    if _WP.fullmatch(where):
        return "wp"
    return "excerpt" if _EXCERPT.fullmatch(where) else _PREFIXES.get(where, "?")


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


def _channel_elements(path: Path, file: IO[bytes] | RepairedFile) -> Iterator[Element]:
    parents: list[Element] = []
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
    except ParseError as error:
        if error.code in CUT_OFF:
            line = error.position[0]
            what = f"is not complete: it ends at line {line}, before its last tag"
            raise WxrError(f"{path} {what}. Export or copy it again.") from error
        advice = "Repair that place, or export it again."
        raise WxrError(f"{path} is no well-formed XML: {error}. {advice}") from error
    except (ValueError, LookupError) as error:
        raise WxrError(f"{path} is no well-formed XML: {error}. {ADVICE}") from error
