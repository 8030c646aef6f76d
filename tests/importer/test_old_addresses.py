"""An import keeps the slugs of posts, and their old addresses lead to the new ones."""

from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import Client

from importer.importing import former_path
from posts.models import Post
from query.models import PostView
from tests.importer.exports import import_text, item, wxr

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")


@pytest.mark.parametrize(
    ("link", "path"),
    [
        ("https://blog.example/2019/05/hello/", "/2019/05/hello/"),
        ("https://blog.example/blog/hello.html?utm=1#top", "/blog/hello.html"),
        ("http://blog.example/%e6%9d%b1%e4%ba%ac/", "/東京/"),
        ("https://blog.example/?p=12", "/?p=12"),
        ("https://blog.example?page_id=7&x=1", "/?page_id=7"),
        ("https://blog.example/", ""),
        ("https://blog.example/?p=x", ""),
        ("https://blog.example/?p=" + "1" * 30, ""),
        ("https://blog.example/a%00b/", ""),
        ("https://blog.example/" + "a" * 400, ""),
        ("https://[broken/", ""),
        ("hello", ""),
        ("", ""),
    ],
)
def test_the_old_address_is_taken_from_the_link(link: str, path: str) -> None:
    assert former_path(link) == path


def test_old_addresses_lead_to_imported_posts(file: Path, client: Client) -> None:
    site = "https://blog.example"
    items = (
        item(1, title="Hello, world", link=f"{site}/2010/10/hello/", slug="hello"),
        item(2, title="Tokyo", link=f"{site}/%e6%9d%b1%e4%ba%ac/", slug="%e6%9d%b1%e4%ba%ac"),
        item(3, title="By number", link=f"{site}/?p=3"),
        item(4, title="Hello", link=f"{site}/2011/10/hello/", slug="hello"),
        item(5, title="Evil", link="//evil.example/x", slug="../../admin"),
    )
    import_text(file, wxr(*items))

    slugs = Post.objects.values_list("slug", flat=True)
    assert set(slugs) == {"hello", "東京", "by-number", "hello-2", "admin"}
    for old, new in {
        "/2010/10/hello/": "/posts/hello/",
        "/2011/10/hello": "/posts/hello-2/",
        "/%E6%9D%B1%E4%BA%AC/": "/posts/%E6%9D%B1%E4%BA%AC/",
        "/?p=3": "/posts/by-number/",
        "/x": "/posts/admin/",
    }.items():
        response = client.get(old)
        assert (response.status_code, response.headers["Location"]) == (301, new)
        assert client.get(new).status_code == 200


def test_they_are_kept_in_the_events(file: Path, client: Client) -> None:
    import_text(file, wxr(item(1, link="https://blog.example/old/", slug="new")))
    Post.objects.all().delete()
    PostView.objects.all().delete()
    call_command("recover", "posts")
    call_command("replay_events", "query")
    assert client.get("/old/").headers["Location"] == "/posts/new/"
    call_command("republish", "posts")
    call_command("replay_events", "query", "--verify")
