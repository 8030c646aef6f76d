"""A blog moves: its log is exported, and imported into a blog with new, empty databases."""

import re
from io import StringIO
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.core.management import call_command
from django.test import Client

from comments import services as comments
from eventstore.models import Event
from moderation import services as moderation
from moderation.models import Review
from posts import services as posts
from posts.models import Post
from tests.backups import backup
from tests.end_to_end.invariants import check_settled
from tests.histories import settle

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")
DATABASES = ("eventstore", "posts", "comments", "moderation", "query")
OWNERS = ("posts", "comments", "moderation")


def a_history(settings: LazySettings) -> None:
    """Posts, replies, decisions by rules and by people, changes and deletions."""
    first = posts.create_post("First", "A *body*", author="Ann")
    second = posts.create_post("Second", "Another")
    removed = posts.create_post("Removed", "text")
    settle()
    kind = comments.create_comment(first.id, "Ben", "A kind word")
    gone = comments.create_comment(first.id, "Ben", "deleted later")
    comments.create_comment(first.id, "Eve", "An orange")
    comments.create_comment(removed.id, "Eve", "with its post")
    settle()
    reply = comments.create_comment(first.id, "Eve", "a reply", parent_id=kind.id)
    comments.update_comment(kind.id, content="A kinder word")
    posts.update_post(second.id, title="Second, changed")
    settle()
    moderation.decide(reply.id, "rejected", decided_by="mo", reason="no")
    moderation.decide(reply.id, "approved", decided_by="mo")
    comments.delete_comment(gone.id)
    posts.delete_post(removed.id)
    settle()
    settings.MODERATION_DEFAULT = "hold"
    comments.create_comment(second.id, "Dan", "waits for a person")
    settle()


def run(*command: str) -> str:
    out = StringIO()
    call_command(*command, stdout=out)
    return out.getvalue()


def shown() -> list[str]:
    """The list and each post, in HTML and JSON, without what is another for each reader."""
    addresses = ["/", "/api/query/posts/", "/feed/"]
    for post in Post.objects.order_by("id"):
        addresses += [f"/posts/{post.slug}/", f"/api/query/posts/{post.id}/"]
    pages = [Client().get(address) for address in addresses]
    assert {page.status_code for page in pages} == {200}
    return [re.sub(r'value="[^"]*"', "", page.content.decode()) for page in pages]


def decided() -> list[object]:
    names = ("comment_id", "status", "reason", "decided_by", "content")
    return list(Review.objects.order_by("comment_id").values_list(*names))


def log() -> list[object]:
    """All of it, but for the time at which it was appended here."""
    return [{**event, "appended_at": None} for event in Event.objects.order_by("position").values()]


@pytest.mark.parametrize("name", ["log.jsonl", "log.jsonl.gz"])
def test_a_blog_is_the_same_in_new_databases(
    settings: LazySettings, tmp_path: Path, name: str
) -> None:
    fresh, file = [backup(app) for app in DATABASES], str(tmp_path / name)
    a_history(settings)
    before = shown(), decided(), log()
    run("events", "export", file)

    for empty in fresh:
        empty()
    assert not Post.objects.exists()
    assert f"{len(before[2])} events imported" in run("events", "import", file)
    for service in ("moderation", "comments", "query"):
        run("replay_events", service, "--missed")
    for service in OWNERS:
        run("recover", service)
    settle()

    for service in (*OWNERS, "query"):
        run("replay_events", service, "--verify")
    assert (shown(), decided(), log()) == before
    check_settled()

    late = comments.create_comment(Post.objects.get(title="First").id, "Ann", "life goes on")
    settle()
    moderation.decide(late.id, "approved", decided_by="mo")
    settle()
    check_settled()
