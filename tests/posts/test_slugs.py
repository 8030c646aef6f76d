"""Each post has a slug, its own for good: the words of its title."""

from uuid import UUID, uuid4

import pytest
from django.test import Client

from eventstore import store
from eventstore.contracts import PostUpdated, decode
from posts import services, slugs
from posts.models import Post
from posts.recovery import POSTS
from query.models import PostView
from tests.calls import send
from tests.histories import settle

ID = UUID("3f2a9c1e-0000-4000-8000-000000000001")


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("Hello, World!", "hello-world"),
        ("Über größe — 東京", "über-größe-東京"),
        ("🍊", "post"),
        ("  --- ", "post"),
        ("word " * 30, "-".join(["word"] * 16)),
        ("x" * 200, "x" * 80),
        (str(ID), f"{ID}-2"),  # a UUID is an address of its own
    ],
)
def test_a_slug_has_the_words_of_the_title(title: str, slug: str) -> None:
    assert next(slugs.candidates(title, ID)) == slug


def test_the_last_slug_is_the_posts_alone_and_all_fit_into_the_column() -> None:
    limit = Post._meta.get_field("slug").max_length
    of_one, of_another = (list(slugs.candidates("long " * 40, id_)) for id_ in (ID, uuid4()))
    assert of_one[0] == of_another[0]
    assert of_one[-1] != of_another[-1]
    assert limit
    assert max(map(len, of_one)) <= limit


@pytest.mark.django_db(transaction=True, databases="__all__")
def test_posts_of_one_title_have_different_slugs_and_keep_them() -> None:
    made = [services.create_post("Hello", "Text").slug for _ in range(7)]
    assert made[:5] == ["hello", "hello-2", "hello-3", "hello-4", "hello-5"]
    assert len(set(made)) == 7

    first = Post.objects.get(slug="hello")
    services.update_post(first.id, title="Another title")
    settle()
    assert PostView.objects.get(id=first.id).slug == "hello"


@pytest.mark.django_db(transaction=True, databases="__all__")
def test_a_second_call_with_the_same_id_returns_the_post_with_its_slug() -> None:
    one = services.create_post("Hello", "Text", post_id=ID)
    two = services.create_post("Hello", "Text", post_id=ID)
    assert (one.slug, two.slug, Post.objects.count()) == ("hello", "hello", 1)


@pytest.mark.django_db(transaction=True, databases="__all__")
def test_an_older_post_gets_its_slug_with_its_next_change() -> None:
    """Also what it was made from, an event without a slug, is still read."""
    post = services.create_post("An older post", "Text")
    Post.objects.update(slug=None)
    settle()
    services.update_post(post.id, body="Another text")
    settle()

    [[last]] = store.scan(0, store.head_position(), ["PostUpdated"])
    event = decode(last.type, last.data, last.version)
    assert isinstance(event, PostUpdated)
    assert event.slug == PostView.objects.get(id=post.id).slug == "an-older-post"
    known = POSTS.read([post.id])[post.id]
    assert POSTS.is_same(Post.objects.get(id=post.id), known.row)


def test_events_of_before_slugs_are_read() -> None:
    data = f'{{"post_id":"{ID}","title":"A","body":"B","created_at":"2026-01-01T00:00:00Z"}}'
    event = decode("PostCreated", data)
    row = POSTS.row_of(event)
    assert (event.slug, row.slug, row.former_path) == ("", None, "")  # type: ignore[attr-defined]


@pytest.mark.django_db(transaction=True, databases="__all__")
def test_a_post_may_have_no_text(client: Client) -> None:
    made = send(client, "POST", "/api/posts/", {"title": "A title alone"})
    assert (made.status_code, made.json()["body"]) == (201, "")
    sent = client.post("/posts/", {"title": "Another", "body": ""})
    assert sent.status_code == 302
    settle()
    assert PostView.objects.filter(body="").count() == 2
