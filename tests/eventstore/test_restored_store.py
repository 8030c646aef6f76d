"""The event store was restored to an earlier state: it ends before what is handled."""

import logging

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from comments.models import Comment
from comments.services import create_comment
from eventstore.consumer import consumers
from eventstore.models import Event, Head
from eventstore.store import head_position
from posts.models import Post
from posts.services import create_post
from query.models import ParkedEvent, PostView
from tests.eventstore.logs import append, new_event
from tests.histories import settle

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")


@pytest.fixture
def position(post: Post) -> int:
    """The log had come further, and ends there since its restoration."""
    kept = head_position()
    create_comment(post.id, "Ann", "Lost to the log")
    append(new_event(data="unreadable"))
    settle()
    assert ParkedEvent.objects.exists()
    Event.objects.filter(position__gt=kept).delete()
    Head.objects.update(position=kept)
    return kept


def test_the_terminal_says_so(position: int, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(CommandError, match="comments, moderation, query had come further"):
        call_command("services")
    assert "beyond the log" in capsys.readouterr().out


def test_it_is_said_loudly_and_nothing_that_follows_is_passed_over(
    position: int, post: Post, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    settle()
    said = [record.message for record in caplog.records if record.levelno == logging.ERROR]
    assert len(said) == 3
    assert all(f"the event store ends at {position}" in each for each in said)
    assert {consumer.position() for consumer in consumers().values()} == {position}
    assert not ParkedEvent.objects.exists()

    create_post("Another", "A body")
    create_comment(post.id, "Ann", "New")
    settle()
    assert PostView.objects.count() == 2
    assert set(Comment.objects.values_list("content", "status")) == {
        ("Lost to the log", "approved"),
        ("New", "approved"),
    }
    shown = client.get(f"/api/query/posts/{post.id}/").json()["comments"]
    assert {comment["status"] for comment in shown} == {"approved"}
