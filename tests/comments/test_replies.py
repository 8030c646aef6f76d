"""A reply's parent is kept, in the comment and in its events; logs without parents still replay."""

import json
from uuid import uuid4

import msgspec
import pytest
from django.core.management import call_command
from django.test import Client

from comments import services as comments
from comments.models import Comment
from eventstore.contracts import CommentCreated, CommentUpdated, decode
from eventstore.models import Event
from posts.services import create_post
from query.models import CommentView
from tests.histories import settle
from tests.pages import get

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")


def test_a_replys_parent_is_kept_and_published_with_its_full_state() -> None:
    post = create_post("A title", "A body")
    parent = comments.create_comment(post.id, "Ann", "First")
    reply = comments.create_comment(post.id, "Bob", "A reply", parent_id=parent.id)
    settle()
    assert Comment.objects.get(id=reply.id).parent_id == parent.id
    created, updated = (
        decode(event.type, event.data, event.version)
        for event in Event.objects.filter(subject=str(reply.id), source="comments")
    )
    assert isinstance(created, CommentCreated)
    assert isinstance(updated, CommentUpdated)
    assert created.parent_id == updated.parent_id == parent.id


def test_the_data_of_a_comment_without_a_parent_is_as_before() -> None:
    post = create_post("A title", "A body")
    comment = comments.create_comment(post.id, "Ann", "First")
    settle()
    for event in Event.objects.filter(subject=str(comment.id), source="comments"):
        assert "parent_id" not in msgspec.json.decode(event.data)
    assert CommentView.objects.get().status == "approved"


def test_an_old_log_still_replays(client: Client) -> None:
    """Of programs that knew no threads and no revisions, and one of them no parents."""
    post = create_post("A title", "A body")
    first = comments.create_comment(post.id, "Ann", "First")
    reply = comments.reply(post.id, "Bob", "A reply", first.id)
    deep = comments.reply(post.id, "Cid", "A reply to the reply", reply.id)
    settle()
    [stored] = Event.objects.filter(subject=deep.id, type="CommentCreated")
    assert json.loads(stored.data)["thread_id"] == str(first.id)
    newer = {"thread_id", "thread_at", "revision", "reason"}
    for event in Event.objects.filter(source="comments"):
        drop = newer | ({"parent_id"} if event.subject == reply.id else set())
        data = {name: value for name, value in json.loads(event.data).items() if name not in drop}
        Event.objects.filter(pk=event.pk).update(data=json.dumps(data))
    call_command("replay_events", "query")

    rows = {row.id: row for row in CommentView.objects.all()}
    assert {row.status for row in rows.values()} == {"approved"}
    assert rows[reply.id].parent_id is None
    assert rows[deep.id].parent_id == reply.id
    text = get(client, f"/posts/{post.id}/").text
    assert "in reply to Bob A reply to the reply" in text

    # Comments knows the threads; what it publishes again has them.
    call_command("republish", "comments")
    settle()
    row = CommentView.objects.get(id=deep.id)
    assert (row.thread_id, row.thread_at) == (first.id, first.created_at)
    assert "Cid" in get(client, f"/posts/{post.id}/").inside(f"comment-{first.id}")


def test_a_stored_event_without_a_parent_is_read() -> None:
    data = {"comment_id": str(uuid4()), "post_id": str(uuid4()), "author": "Ann", "content": "x"}
    old = {**data, "status": "pending", "created_at": "2026-01-01T00:00:00Z"}
    event = decode("CommentCreated", msgspec.json.encode(old).decode())
    assert isinstance(event, CommentCreated)
    assert event.parent_id is None
