"""What programs read of the blog: feeds, the sitemap, robots.txt, and the head of each page."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from xml.etree.ElementTree import Element

import feedparser
import pytest
from defusedxml.ElementTree import fromstring
from django.conf import LazySettings
from django.test import Client

from comments import services as comments
from moderation import services as moderation
from posts import services as posts
from posts.models import Post
from query import feeds
from query.models import Checkpoint, PostView
from tests.histories import settle
from tests.pages import Page, get

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")

ATOM = "{http://www.w3.org/2005/Atom}"
MAPS = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
AT = datetime(2026, 5, 4, 12, 30, tzinfo=UTC)


def feed(client: Client, address: str = "/feed/") -> Any:
    """As a feed reader reads it: what it has, and that it is valid."""
    response = client.get(address)
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "application/atom+xml; charset=utf-8"
    assert_valid(fromstring(response.content))
    read = feedparser.parse(response.content, sanitize_html=False)
    assert not read.bozo
    assert read.version == "atom10"
    return read


def assert_valid(root: Element) -> None:
    """RFC 4287: what a feed and its entries must have, once each."""
    assert root.tag == f"{ATOM}feed"
    entries = root.findall(f"{ATOM}entry")
    for each in (root, *entries):
        for name in ("id", "title", "updated"):
            [element] = each.findall(f"{ATOM}{name}")
            assert element.text
        moment = each.findtext(f"{ATOM}updated") or ""
        assert datetime.fromisoformat(moment).tzinfo
        hrefs = [link.attrib["href"] for link in each.findall(f"{ATOM}link")]
        assert all(href.startswith("http://") for href in hrefs)
    relations = [link.attrib["rel"] for link in root.findall(f"{ATOM}link")]
    assert sorted(relations) == ["alternate", "self"]
    assert root.findtext(f"{ATOM}author/{ATOM}name")
    assert all(entry.find(f"{ATOM}content") is not None for entry in entries)
    ids = [entry.findtext(f"{ATOM}id") for entry in entries]
    assert len(ids) == len(set(ids))


def test_an_empty_blog_has_a_feed(client: Client) -> None:
    assert feed(client).entries == []


def test_the_feed_has_the_newest_posts_in_full(client: Client) -> None:
    for number in range(feeds.POSTS_OF_FEED + 1):
        posts.create_post(f"Post {number}", "Text", created_at=AT + timedelta(hours=number))
    body = "**Bold** & <b>\n\n![A bell](https://a.example/bell.png)"
    last = posts.create_post(
        "A & <b> – 東京", body, author="Ann", created_at=AT + timedelta(days=9)
    )
    settle()
    read = feed(client)
    assert len(read.entries) == feeds.POSTS_OF_FEED
    newest, anonymous = read.entries[:2]
    assert (newest.title, newest.author) == ("A & <b> – 東京", "Ann")
    assert newest.id == last.id.urn
    assert newest.link == "http://testserver/posts/a-b-%E6%9D%B1%E4%BA%AC/"
    [content] = newest.content
    assert content.type == "text/html"
    assert "<strong>Bold</strong> &amp; &lt;b&gt;" in content.value
    assert 'src="https://a.example/bell.png"' in content.value
    assert newest.published == newest.updated == "2026-05-13T12:30:00+00:00"
    assert "author" not in anonymous or anonymous.author == "Hindsight"
    assert read.feed.updated == newest.updated


def test_a_posts_feed_has_what_is_approved_and_nothing_else(
    client: Client, post: Post, settings: LazySettings
) -> None:
    settings.MODERATION_DEFAULT = "hold"
    client.post(f"/posts/{post.id}/comments/", {"content": "Waits", "author": "Eve"})
    ids = [comments.create_comment(post.id, "Bob", text).id for text in ("Good", "Bad")]
    settle()
    for comment_id, status in zip(ids, ("approved", "rejected"), strict=True):
        moderation.decide(comment_id, status, decided_by="mo")
    settle()
    [entry] = feed(client, "/posts/a-title/feed/").entries  # of the sender, too
    assert (entry.title, entry.author) == ("Bob on A title", "Bob")
    assert entry.id == ids[0].urn
    assert entry.link == f"http://testserver/posts/a-title/?comment={ids[0]}#comment-{ids[0]}"
    assert get(client, entry.link).ids(f"comment-{ids[0]}")


def test_feeds_are_bounded_and_by_id_where_there_is_no_slug(
    client: Client, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feeds, "COMMENTS_OF_FEED", 2)
    for number in range(3):
        comments.create_comment(post.id, "Bob", f"No. {number}")
    settle()
    PostView.objects.update(slug="")
    read = feed(client, f"/posts/{post.id}/feed/")
    assert [entry.content[0].value.strip() for entry in read.entries] == [
        "<p>No. 2</p>",
        "<p>No. 1</p>",
    ]
    for unknown in ("nowhere", UUID(int=0), "x%00"):
        assert client.get(f"/posts/{unknown}/feed/").status_code == 404


def test_what_no_xml_can_have_is_left_out(client: Client, post: Post) -> None:
    PostView.objects.update(title="A\x0btitle\ufffe", author="\x1b", body="B\x0cody")
    [entry] = feed(client).entries
    assert entry.title == "Atitle"


ADDRESSES = ["/feed/", "/posts/a-title/feed/", "/sitemap.xml", "/sitemap-1.xml"]


@pytest.mark.parametrize("address", ADDRESSES)
def test_what_has_not_changed_is_not_sent_again(client: Client, post: Post, address: str) -> None:
    Checkpoint.objects.update(updated_at=AT)
    first = client.get(address)
    known = {"if-none-match": first.headers["ETag"]}
    since = {"if-modified-since": first.headers["Last-Modified"]}
    assert first.headers["Last-Modified"] == "Mon, 04 May 2026 12:30:00 GMT"
    assert first.headers["Cache-Control"] == "no-cache"
    for headers in (known, since):
        again = client.get(address, headers=headers)
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["ETag"] == first.headers["ETag"]
    posts.create_post("Another", "A body")
    settle()
    changed = client.get(address, headers=known | since)
    assert changed.status_code == 200
    assert "Last-Modified" not in changed.headers  # there may be more within this second


def test_links_lead_to_the_page_where_it_has_an_origin_of_its_own(
    client: Client, post: Post, settings: LazySettings
) -> None:
    settings.SERVICE_URLS = {**settings.SERVICE_URLS, "query": "https://blog.example"}
    links = [link.href for link in feedparser.parse(client.get("/feed/").content).entries[0].links]
    assert links == ["https://blog.example/posts/a-title/"]
    assert "Sitemap: https://blog.example/sitemap.xml\n" in client.get("/robots.txt").text
    page = get(client, "/posts/a-title/")
    canonical = page.find("link", rel="canonical").attributes["href"]
    assert canonical == "https://blog.example/posts/a-title/"


def test_a_foreign_host_is_in_no_link(client: Client) -> None:
    for address in ("/feed/", "/sitemap.xml", "/robots.txt"):
        assert client.get(address, headers={"host": "evil.example"}).status_code == 400


def test_wordpress_addresses_of_the_feed(client: Client) -> None:
    response = client.get("/feed/atom/")
    assert (response.status_code, response.headers["Location"]) == (301, "/feed/")


def test_the_sitemap_comes_in_pages(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feeds, "POSTS_OF_SITEMAP", 2)
    for number in range(5):
        posts.create_post(f"Post {number}", "Text")
    settle()
    pages = locations(client, "/sitemap.xml")
    assert pages == [f"http://testserver/sitemap-{number}.xml" for number in (1, 2, 3)]
    urls = [url for page in pages for url in locations(client, page)]
    paths = [url.removeprefix("http://testserver") for url in urls]
    assert paths == ["/", *(f"/posts/post-{number}/" for number in range(5))]
    assert all(client.get(path).status_code == 200 for path in paths)
    for unknown in ("0", "4", "99999999999999999999"):
        assert client.get(f"/sitemap-{unknown}.xml").status_code == 404


def locations(client: Client, address: str) -> list[str]:
    root = fromstring(client.get(address).content)
    return [each.text or "" for each in root.iter(f"{MAPS}loc")]


def test_robots_keep_to_the_pages(client: Client) -> None:
    response = client.get("/robots.txt")
    assert response.headers["Content-Type"].startswith("text/plain")
    lines = response.text.splitlines()
    assert lines[0] == "User-agent: *"
    assert {"Disallow: /admin/", "Disallow: /api/"} < set(lines)
    assert lines[-1] == "Sitemap: http://testserver/sitemap.xml"


def test_a_page_has_what_a_preview_of_it_shows(client: Client) -> None:
    posts.create_post('A "title"', "**Its** text\n\n" + "word " * 99, author="Ann", created_at=AT)
    settle()
    page = get(client, "/posts/a-title/")
    named = {
        each.attributes.get("property") or each.attributes.get("name"): each.attributes["content"]
        for each in page.all("meta")
        if "content" in each.attributes
    }
    assert named["og:title"] == 'A "title"'
    assert named["og:type"] == "article"
    assert named["og:url"] == "http://testserver/posts/a-title/"
    assert named["og:description"] == named["description"]
    assert named["description"].startswith("Its text word")
    assert len(named["description"]) <= 161
    assert named["article:published_time"] == "2026-05-04T12:30:00+00:00"
    assert links(page, "canonical") == ["http://testserver/posts/a-title/"]
    assert links(page, "alternate") == ["/posts/a-title/feed/", "/feed/"]
    assert links(get(client, "/"), "alternate") == ["/feed/"]
    assert links(get(client, "/"), "canonical") == ["http://testserver/"]


def links(page: Page, relation: str) -> list[str]:
    return [each.attributes["href"] for each in page.all("link", rel=relation)]
