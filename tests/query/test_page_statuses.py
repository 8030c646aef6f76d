"""The page says how each comment stands, and shows each reader what they may read."""

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import User
from django.test import Client

from comments import services as comments
from moderation import services as moderation
from posts.models import Post
from tests.histories import settle
from tests.pages import get

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")


@pytest.fixture
def held(settings: LazySettings) -> None:
    """What no rule touches waits for a person."""
    settings.MODERATION_DEFAULT = "hold"


def test_every_status_is_said_in_words_and_hides_what_it_must(
    client: Client, post: Post, held: None
) -> None:
    pending, approved, rejected = (
        comments.create_comment(post.id, "Bob", text).id for text in ("Waits.", "Good.", "Bad.")
    )
    settle()
    moderation.decide(approved, "approved", decided_by="mo")
    moderation.decide(rejected, "rejected", decided_by="mo")
    settle()

    for address in ("/", f"/posts/{post.id}/"):
        shown = get(client, address)
        assert "awaiting moderation" in shown.inside(f"comment-{pending}")
        assert "Waits." not in shown.html
        assert "Good." in shown.inside(f"comment-{approved}")
        assert "rejected" in shown.inside(f"comment-{rejected}")
        assert "Bad." not in shown.html


def test_only_the_browser_that_sent_it_reads_a_comment_that_waits(
    client: Client, post: Post, held: None
) -> None:
    client.post(f"/posts/{post.id}/comments/", {"content": "Mine to read."})
    settle()

    for address in ("/", f"/posts/{post.id}/"):
        assert "Mine to read. Others see this once it is approved" in get(client, address).text
        assert "Mine to read." not in get(Client(), address).html
        forged = Client()
        forged.cookies["own_comments"] = client.cookies["own_comments"].value[:-1] + "x"
        assert "Mine to read." not in get(forged, address).html


def test_what_a_rejected_comment_said_is_on_nobodys_page(client: Client, post: Post) -> None:
    client.post(f"/posts/{post.id}/comments/", {"content": "An orange one."})
    settle()
    staff = Client()
    staff.force_login(User.objects.create_superuser("mo", password="x"))

    for reader in (client, Client(), staff):
        shown = get(reader, f"/posts/{post.id}/")
        assert "rejected" in shown.text
        assert "orange one" not in shown.html
