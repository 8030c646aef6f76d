"""A service was restored to an earlier state, or lost rows: what the log has is made again."""

from io import StringIO
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db.models import Model

from comments import services as comments
from comments.models import Comment, KnownPost
from comments.models import Outbox as CommentsOutbox
from eventstore.models import Event
from moderation import services as moderation
from moderation.models import Review
from posts import services as posts
from posts.models import Post
from tests.backups import backup
from tests.end_to_end.invariants import check_settled
from tests.histories import settle

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")
OWNERS = ("posts", "comments", "moderation")
LOST: dict[str, list[type[Model]]] = {
    "posts": [Post],
    "comments": [Comment, KnownPost],
    "moderation": [Review],
}


def run(command: str, *args: str) -> str:
    out = StringIO()
    call_command(command, *args, stdout=out)
    return out.getvalue()


def fails(command: str, *args: str) -> tuple[str, str]:
    out = StringIO()
    with pytest.raises(CommandError) as error:
        call_command(command, *args, stdout=out)
    assert error.value.returncode == 1
    return out.getvalue(), str(error.value)


def published() -> list[tuple[str, UUID]]:
    return list(Event.objects.values_list("type", "subject"))


def on_record() -> list[Any]:
    """What the services own, without the tags of posts."""
    state = Post.objects.order_by("id").values_list("id", "title", "body", "author", "created_at")
    decided = ("comment_id", "content", "author", "status", "reason", "decided_by")
    return [
        *state,
        *Comment.objects.order_by("id").values_list(),
        *KnownPost.objects.order_by("post_id").values_list(),
        *Review.objects.order_by("comment_id").values_list(*decided),
    ]


def a_history(post: Post) -> None:
    """What happens after the backups: everything that can."""
    before = comments.create_comment(post.id, "Ann", "written before")
    gone = comments.create_comment(post.id, "Ann", "deleted later")
    settle()
    posts.update_post(post.id, title="Changed")
    another = posts.create_post("Another", "text", author="Bob")
    removed = posts.create_post("Removed", "text")
    comments.create_comment(removed.id, "Eve", "with its post")
    reply = comments.create_comment(another.id, "Eve", "a reply", parent_id=before.id)
    comments.update_comment(before.id, content="edited")
    settle()
    moderation.decide(reply.id, "rejected", decided_by="mo", reason="no")
    comments.delete_comment(gone.id)
    posts.delete_post(removed.id)
    settle()


@pytest.fixture
def blog(post: Post) -> Post:
    """A post with two comments, one of them rejected."""
    comments.create_comment(post.id, "Ann", "A kind word")
    comments.create_comment(post.id, "Ann", "An orange")
    settle()
    return post


@pytest.mark.parametrize("service", OWNERS)
def test_what_was_written_since_the_backup_comes_back(blog: Post, service: str) -> None:
    restore = backup(service)
    a_history(blog)
    as_it_was, log = on_record(), published()
    run("replay_events", service, "--verify")

    restore()
    if service != "moderation":  # whose worker handles all that was since
        _, error = fails("replay_events", service, "--verify")
        assert "differ" in error
        assert f"manage.py recover {service}" in error
    run("recover", service)
    settle()

    assert on_record() == as_it_was
    assert published() == log
    assert "recovered 0 rows" in run("recover", service)
    for each in OWNERS:
        run("replay_events", each, "--verify")
    check_settled()


@pytest.mark.parametrize("service", OWNERS)
def test_it_comes_back_whether_its_worker_or_the_command_is_first(blog: Post, service: str) -> None:
    restore = backup(service)
    a_history(blog)
    as_it_was, log = on_record(), published()

    restore()
    settle()
    run("recover", service)
    settle()

    assert on_record() == as_it_was
    assert published() == log
    check_settled()


@pytest.mark.parametrize("service", OWNERS)
def test_all_rows_that_are_lost_come_back(blog: Post, service: str) -> None:
    """The tables are empty, the checkpoint is not: nothing is handled again."""
    a_history(blog)
    as_it_was, log = on_record(), published()
    for model in LOST[service]:
        model._default_manager.all().delete()
    run("recover", service)
    settle()
    assert on_record() == as_it_was
    assert published() == log


def test_a_dry_run_reports_and_changes_nothing(blog: Post) -> None:
    Comment.objects.filter(status="approved").delete()
    before = on_record()
    assert "would recover 1 row " in run("recover", "comments", "--dry-run")
    assert on_record() == before
    out, _ = fails("replay_events", "comments", "--verify")
    assert "comments_comment: 1 missing" in out


def test_what_the_log_lacks_is_left_and_reported(blog: Post) -> None:
    """As after a log that was restored, too."""
    restore_log = backup("eventstore")
    posts.update_post(blog.id, title="Only here")
    other = posts.create_post("Only here", "text")
    restore_log()
    before = on_record()
    out, error = fails("recover", "posts")
    assert f"1 not in the log: {other.id}" in out
    assert f"1 different from all that the log has: {blog.id}" in out
    assert "2 that the log lacks (`manage.py republish posts` publishes them)" in error
    assert on_record() == before


def test_a_tag_is_new_when_a_post_is_made_again(blog: Post) -> None:
    restore = backup("posts")
    seen = posts.update_post(blog.id, title="B").tag
    restore()
    was = Post.objects.get().tag
    run("recover", "posts")
    assert Post.objects.get().title == "B"
    assert len({was, seen, Post.objects.get().tag}) == 3


def test_a_comment_whose_post_is_deleted_does_not_come_back(blog: Post) -> None:
    """It was lost when the post was deleted, so nobody published that it is gone, too."""
    late = comments.create_comment(blog.id, "Ann", "a last word")
    settle()
    Comment.objects.filter(id=late.id).delete()
    posts.delete_post(blog.id)
    settle()
    assert published().count(("CommentDeleted", late.id)) == 0
    assert "recovered 1 row " in run("recover", "comments")
    settle()
    assert published().count(("CommentDeleted", late.id)) == 1
    assert not Comment.objects.exists()
    run("replay_events", "comments", "--verify")
    check_settled()


def test_events_in_the_outbox_are_no_difference(
    blog: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are on their way to the log."""
    monkeypatch.setattr("eventstore.outbox.relay_quietly", lambda *args, **options: None)
    monkeypatch.setattr("eventstore.reconciling.relay_quietly", lambda *args, **options: None)
    comment = comments.create_comment(blog.id, "Ann", "A kind word")
    comments.update_comment(comment.id, content="Another")
    comments.delete_comment(Comment.objects.get(status="rejected").id)
    assert CommentsOutbox.objects.count() == 3
    run("replay_events", "comments", "--verify")
    assert "recovered 0 rows" in run("recover", "comments")
    assert "published the state of 0 rows" in run("republish", "comments")


def test_a_comment_ahead_of_the_checkpoint_is_no_difference(blog: Post) -> None:
    """comments knows the post, and moderation has not judged yet."""
    another = posts.create_post("Another", "text")
    comments.create_comment(another.id, "Ann", "early")
    for service in OWNERS:
        run("replay_events", service, "--verify")


@pytest.mark.parametrize("command", ["recover", "republish"])
@pytest.mark.parametrize(
    ("service", "why"),
    [("query", "replay_events makes it anew"), ("nobody", "no service is called")],
)
def test_wrong_usage_is_one_line_and_exit_code_2(command: str, service: str, why: str) -> None:
    with pytest.raises(CommandError, match=why) as error:
        run(command, service)
    assert error.value.returncode == 2
    assert "\n" not in str(error.value)


def test_more_rows_than_are_compared_at_once(blog: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("eventstore.reconcile.LOCKED_ROWS", 3)
    for n in range(12):
        comments.create_comment(blog.id, "Ann", f"{n}", comment_id=uuid4())
    settle()
    as_it_was = on_record()
    Comment.objects.filter(content__in=["1", "2", "3", "4", "7", "9", "11"]).delete()
    out, _ = fails("replay_events", "comments", "--verify", "--batch-size", "4")
    assert "7 missing" in out
    assert "and 2 more" in out
    run("recover", "comments")
    assert on_record() == as_it_was
