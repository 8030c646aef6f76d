"""A page as a reader sees it: its text, its elements and their ids."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

from django.test import Client

VOID = {"meta", "link", "input", "br", "hr", "img"}


@dataclass
class Element:
    tag: str
    attributes: dict[str, str]
    raw: list[str] = field(default_factory=list)


class Page(HTMLParser):
    """``elements`` in the order of the page; ``raw`` is its text, as it stands."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.html = html
        self.elements: list[Element] = []
        self.raw: list[str] = []
        self._open: list[Element] = []
        self.feed(html)
        self.close()
        assert not self._open, f"not closed: {self._open}"

    @property
    def text(self) -> str:
        """All text, each run of white space made one space."""
        return _flat(self.raw)

    def all(self, tag: str, **attributes: str) -> list[Element]:
        return [
            element
            for element in self.elements
            if element.tag == tag and attributes.items() <= element.attributes.items()
        ]

    def find(self, tag: str, **attributes: str) -> Element:
        """The one such element."""
        [found] = self.all(tag, **attributes)
        return found

    def ids(self, prefix: str) -> list[str]:
        """The ids that begin so, in the order of the page."""
        ids = [element.attributes.get("id", "") for element in self.elements]
        return [name for name in ids if name.startswith(prefix)]

    def inside(self, element_id: str) -> str:
        """The text of the element with this id."""
        [element] = [e for e in self.elements if e.attributes.get("id") == element_id]
        return _flat(element.raw)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.elements.append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(Element(tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop().tag == tag, f"</{tag}> closes something else"

    def handle_data(self, data: str) -> None:
        self.raw.append(data)
        for element in self._open:
            element.raw.append(data)


def get(client: Client, address: str, status: int = 200) -> Page:
    """The page at this address, which has this status; redirects are followed."""
    response = client.get(address, follow=True)
    assert response.status_code == status, response.status_code
    return Page(response.text)


def _flat(raw: list[str]) -> str:
    return " ".join("".join(raw).split())
