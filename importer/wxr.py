"""Reads WordPress eXtended RSS, the file that WordPress exports. Pure: a file in, dataclasses
out, no database.

The file is read twice, item by item, so that memory does not grow with it: once to see that all
of it is sound, and once for what is in it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from xml.etree.ElementTree import Element

from importer.dates import first_date
from importer.names import children, name_of, text_of
from importer.xmlstream import ADVICE, WxrError, channel_elements

__all__ = ["Export", "WxrComment", "WxrError", "WxrItem", "open_export"]


@dataclass(frozen=True, slots=True)
class WxrComment:
    """A comment, pingback or trackback as it stands in the export; `content` is HTML."""

    wp_id: str
    author: str
    content: str
    approved: str
    """WordPress's word for its standing: "1", "0", "spam", "trash"."""
    kind: str
    created_at: datetime | None


@dataclass(frozen=True, slots=True)
class WxrItem:
    """A post, page, attachment, menu item or whatever else was exported; `title` and `content`
    are HTML."""

    wp_id: str
    guid: str
    title: str
    author: str
    """The name that the author shows, else the login, else empty."""
    content: str
    kind: str
    """WordPress's post_type: "post", "page", …"""
    status: str
    """"publish", "draft", "private", …"""
    has_password: bool
    created_at: datetime | None
    comments: list[WxrComment]


@dataclass
class Export:
    """A sound export file. `site` tells one blog's numbers from another's: its address without
    scheme and last slash."""

    path: Path
    site: str = ""
    authors: dict[str, str] = field(default_factory=dict)
    """Shown names by login."""
    item_count: int = 0

    def items(self) -> Iterator[WxrItem]:
        """Every item, in the file's order. Raises WxrError only if the file has changed since it
        was opened."""
        for element in channel_elements(self.path):
            if name_of(element) == ("", "item"):
                yield self._item(element)

    def _item(self, item: Element) -> WxrItem:
        login = text_of(item, "dc:creator").strip()
        created_at = first_date(
            text_of(item, "wp:post_date_gmt"),
            text_of(item, "wp:post_date"),
            text_of(item, "pubDate"),
        )
        return WxrItem(
            wp_id=text_of(item, "wp:post_id").strip(),
            guid=text_of(item, "guid").strip(),
            title=text_of(item, "title"),
            author=self.authors.get(login) or login,
            content=text_of(item, "content:encoded"),
            kind=text_of(item, "wp:post_type").strip(),
            status=text_of(item, "wp:status").strip(),
            has_password=text_of(item, "wp:post_password") != "",
            created_at=created_at,
            comments=[_comment(comment) for comment in children(item, "wp:comment")],
        )


def open_export(path: Path) -> Export:
    """Read the whole file once, so that nothing is begun with one that breaks off. Raises
    WxrError."""
    export = Export(path)
    version = link = ""
    for element in channel_elements(path):
        match name_of(element):
            case ("", "item"):
                export.item_count += 1
            case ("wp", "wxr_version"):
                version = element.text or ""
            case ("wp", "base_blog_url"):
                export.site = _site(element.text or "")
            case ("", "link"):
                link = element.text or ""
            case ("wp", "author"):
                login, shown = (
                    text_of(element, f"wp:author_{name}").strip()
                    for name in ("login", "display_name")
                )
                export.authors[login] = shown
    if not version:
        raise WxrError(f"{path} is no WordPress export: it names no WXR version. {ADVICE}")
    export.site = export.site or _site(link)
    return export


def _comment(comment: Element) -> WxrComment:
    return WxrComment(
        wp_id=text_of(comment, "wp:comment_id").strip(),
        author=text_of(comment, "wp:comment_author"),
        content=text_of(comment, "wp:comment_content"),
        approved=text_of(comment, "wp:comment_approved").strip(),
        kind=text_of(comment, "wp:comment_type").strip(),
        created_at=first_date(
            text_of(comment, "wp:comment_date_gmt"), text_of(comment, "wp:comment_date")
        ),
    )


def _site(address: str) -> str:
    return address.strip().partition("://")[2].rstrip("/").lower() or address.strip()
