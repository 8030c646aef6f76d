"""The names in a WXR file. The namespace has the version in it, and its scheme varies too, so
names are told by what is common: `wp:post_id` is the post_id of any WXR version."""

import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element

_WP = re.compile(r"https?://(?:www\.)?wordpress\.org/export/[0-9.]+/?")
_PREFIXES = {
    "http://purl.org/rss/1.0/modules/content/": "content",
    "http://purl.org/dc/elements/1.1/": "dc",
}


def name_of(element: Element) -> tuple[str, str]:
    """Prefix and name: ("wp", "post_id"), ("", "title"). The prefix is "?" where the namespace
    means nothing here."""
    namespace, _, name = element.tag.rpartition("}")
    namespace = namespace.removeprefix("{")
    if not namespace:
        return "", name
    return "wp" if _WP.fullmatch(namespace) else _PREFIXES.get(namespace, "?"), name


def children(element: Element, name: str) -> Iterator[Element]:
    """The children of this name, such as "wp:comment" or "title"."""
    prefix, _, local = name.rpartition(":")
    return (child for child in element if name_of(child) == (prefix, local))


def text_of(element: Element, name: str) -> str:
    """The text of the first child of this name, empty where there is none."""
    found = next(children(element, name), None)
    return "" if found is None else "".join(found.itertext())
