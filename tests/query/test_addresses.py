"""A post's address has its slug; its id and the address that it had in another blog lead there."""

from urllib.parse import quote
from uuid import uuid4

import pytest
from django.conf import LazySettings
from django.test import Client

from comments import services as comments
from posts import services as posts
from posts.models import Post
from query.models import PostView
from tests.histories import settle
from tests.pages import get

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")


def test_the_id_leads_to_the_slug_and_the_query_is_kept(client: Client, post: Post) -> None:
    comment = comments.create_comment(post.id, "Ann", "A kind word").id
    settle()
    for query in ("", f"?comment={comment}&min_position=1", "?page=2", "?x=%2F%2Fevil.example%0D"):
        response = client.get(f"/posts/{post.id}/{query}")
        assert response.status_code == 301
        assert response.headers["Location"] == f"/posts/a-title/{query}"
        assert client.head(f"/posts/{post.id}/{query}").status_code == 301
    shown = get(client, f"/posts/{str(post.id).upper()}/?comment={comment}")
    assert shown.ids("comment-") == [f"comment-{comment}"]


def test_while_the_page_is_behind_the_id_is_its_address(
    client: Client, post: Post, settings: LazySettings
) -> None:
    settings.POSITION_WAIT = 0.01
    response = client.get(f"/posts/{post.id}/?min_position=99")
    assert response.status_code == 200
    assert "does not show it yet" in response.text
    for unknown in (uuid4(), "not-written-yet"):
        late = client.get(f"/posts/{unknown}/?min_position=99")
        assert (late.status_code, late.headers["Retry-After"]) == (503, "1")
        assert client.get(f"/posts/{unknown}/").status_code == 404


def test_a_post_that_is_older_than_slugs_stays_at_its_id(client: Client, post: Post) -> None:
    PostView.objects.update(slug="")
    assert client.get(f"/posts/{post.id}/").status_code == 200
    assert get(client, "/").all("a", href=f"/posts/{post.id}/")


@pytest.mark.parametrize("title", ["Über größe — 東京", "Straße", "نص عربي", "100 % & more?"])
def test_a_slug_of_any_letters_is_percent_encoded(client: Client, title: str) -> None:
    slug = posts.create_post(title, "A body").slug
    settle()
    response = client.get("/")
    assert f'href="/posts/{quote(str(slug))}/"' in response.text
    assert get(client, f"/posts/{quote(str(slug))}/").find("h1").raw == [title]


@pytest.mark.parametrize("slug", ["A-title", "a-title%00", "x" * 400, "%E3%80%80", "a%0Atitle"])
def test_what_is_no_slug_is_404(client: Client, post: Post, slug: str) -> None:
    assert client.get(f"/posts/{slug}/").status_code == 404


def test_of_two_posts_each_has_its_own_page(client: Client) -> None:
    for body in ("The first", "The second"):
        posts.create_post("One title", body)
    settle()
    assert "The first" in get(client, "/posts/one-title/").text
    assert "The second" in get(client, "/posts/one-title-2/").text


@pytest.mark.parametrize(
    ("former", "addresses"),
    [
        ("/2019/05/hello/", ["/2019/05/hello/", "/2019/05/hello", "/2019/05/hello/?utm=1"]),
        ("/blog/hello.html", ["/blog/hello.html", "/blog/hello.html/"]),
        ("/posts/former/", ["/posts/former/", "/posts/former"]),
        ("/über/größe/", ["/%C3%BCber/gr%C3%B6%C3%9Fe/"]),
        ("/?p=123", ["/?p=123", "/?feed=1&p=123"]),
        ("/?page_id=7", ["/?page_id=7"]),
    ],
)
def test_the_old_blogs_address_leads_to_the_post(
    client: Client, former: str, addresses: list[str]
) -> None:
    posts.create_post("Hello", "A body", former_path=former)
    settle()
    for address in addresses:
        response = client.get(address)
        found = response.status_code, response.headers.get("Location")
        assert found == (301, "/posts/hello/"), address
        assert client.head(address).status_code == 301
    assert client.post(addresses[0]).status_code in (404, 405)
    for other in ("/2019/05/", "/?p=1234", "/?p=", "/?p=x", "/?p=%00", "/2019%00/05/hello/"):
        assert client.get(other).status_code in (200, 404), other


@pytest.mark.parametrize("former", ["/", "/admin/", "/api/posts/", "/comparison/", "/feed/"])
def test_no_address_of_ours_is_taken_over(client: Client, former: str) -> None:
    posts.create_post("Hello", "A body", former_path=former)
    settle()
    response = client.get(former)
    assert response.headers.get("Location") != "/posts/hello/"
    assert client.get(f"{former}nowhere/").status_code in (302, 404)


def test_an_old_address_leads_nowhere_else(client: Client) -> None:
    """Whatever the export contains: it is looked up, and never where one is sent."""
    for number, evil in enumerate(("//evil.example/x", "/\\evil.example", "https://evil.example")):
        posts.create_post(f"Post {number}", "A body", former_path=evil)
    settle()
    for address in ("//evil.example/x", "/%5Cevil.example", "/https://evil.example"):
        location = client.get(address).headers.get("Location", "")
        assert location in ("", "/posts/post-0/", "/posts/post-1/")


def test_an_old_address_costs_one_query_by_index(client: Client, post: Post) -> None:
    [index] = [f for f in PostView._meta.get_fields() if f.name == "former_path"]
    assert index.db_index  # type: ignore[union-attr]
