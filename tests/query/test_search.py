"""Readers search posts by words of their titles and texts."""

import pytest
from django.test import Client

from posts import services as posts
from query import search as searching
from tests.histories import settle
from tests.pages import Page, get

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")


@pytest.fixture(autouse=True)
def _blog() -> None:
    posts.create_post("Winter garlic", "Plant it before the frost.")
    posts.create_post("Tulips", "They want FROST, too, and 100% sun.")
    posts.create_post("Ärger im Garten", "Schnecken überall")
    settle()


def found(client: Client, query: str) -> list[str]:
    """The titles of the posts on the first page."""
    shown = Page(client.get("/", {"q": query}).text)
    return ["".join(heading.raw) for heading in shown.all("h2")]


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ("garlic", ["Winter garlic"]),
        ("frost", ["Tulips", "Winter garlic"]),
        ("  Frost \t PLANT ", ["Winter garlic"]),
        ("garl", ["Winter garlic"]),
        ("ärger", ["Ärger im Garten"]),
        ("ÜBERALL", ["Ärger im Garten"]),
        ("100%", ["Tulips"]),
        ("t_lips", []),
        ("%", ["Tulips"]),
        ("frost\0garlic", ["Winter garlic"]),
        ("' OR 1=1 --", []),
        ("elephant", []),
    ],
)
def test_all_words_are_in_title_or_text(client: Client, query: str, titles: list[str]) -> None:
    assert found(client, query) == titles


@pytest.mark.parametrize("query", ["", "   ", "\0", "\u200b\n"])
def test_a_search_for_nothing_is_the_list(client: Client, query: str) -> None:
    assert len(found(client, query)) == 3


def test_what_was_searched_is_shown_as_text_and_not_for_search_engines(client: Client) -> None:
    evil = "\"><script>alert('1')</script>"
    shown = Page(client.get("/", {"q": evil}).text)
    assert evil in shown.text
    assert shown.find("input", type="search").attributes["value"] == evil
    assert all(script.attributes["src"] for script in shown.all("script"))
    assert shown.find("meta", name="robots").attributes["content"] == "noindex"
    assert "No post has all of these words" in shown.text
    assert not shown.all("link", rel="canonical")
    assert not get(client, "/").all("meta", name="robots")


def test_results_come_in_pages(client: Client) -> None:
    for number in range(25):
        posts.create_post(f"Frosty & cold {number}", "Text")
    settle()
    first = Page(client.get("/", {"q": "frosty &"}).text)
    assert "25 posts, newest first" in first.text
    following = first.find("a", rel="next").attributes["href"]
    assert following == "?q=frosty+%26&page=2"
    assert len(get(client, f"/{following}").all("h2")) == 5


def test_a_search_is_bounded(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searching, "MAX_SEARCHED", 2)
    assert found(client, "garlic") == []
    assert found(client, "tulips") == ["Tulips"]
    assert "(of the newest" in get(client, "/?q=garlic").text
    monkeypatch.setattr(searching, "MAX_RESULTS", 1)
    assert "More than 1 post," in get(client, "/?q=a").text
    assert len(searching.words_of("word " * 50)) == 1
    assert len(searching.words_of(" ".join(map(str, range(50))))) == searching.MAX_WORDS
    assert client.get("/", {"q": "x" * 5_000}).status_code == 200
