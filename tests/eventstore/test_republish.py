"""The log was restored to an earlier state: what it lost, and the services still have, is published
again."""

from typing import Any

import pytest

from comments import services as comments
from comments.models import Comment
from eventstore.models import Event
from eventstore.rebuild import Rebuild
from moderation import services as moderation
from posts import services as posts
from posts.models import Post
from query.models import consumer as query
from tests.backups import backup
from tests.end_to_end.invariants import check_settled
from tests.eventstore.test_recover import OWNERS, fails, on_record, run
from tests.histories import settle

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")


def published() -> list[str]:
    return list(Event.objects.values_list("type", flat=True))


def drift() -> dict[str, list[str]]:
    found: Any = Rebuild(query, 10, lambda events, at: None).compare().drift
    return {table: keys for table, keys in found.items() if keys}


@pytest.fixture
def blog(post: Post) -> Post:
    comments.create_comment(post.id, "Ann", "A kind word")
    settle()
    return post


def test_what_the_log_lost_is_in_it_again_once(blog: Post) -> None:
    [first] = Comment.objects.all()
    restore_log = backup("eventstore")
    posts.update_post(blog.id, title="Changed")
    other = posts.create_post("Another", "text", author="Bob")
    late = comments.create_comment(other.id, "Eve", "An orange", parent_id=first.id)
    settle()
    moderation.decide(late.id, "approved", decided_by="mo", reason="fruit is fine")
    moderation.decide(first.id, "rejected", decided_by="mo", reason="no")
    settle()
    before, page = on_record(), Rebuild(query, 10, lambda events, at: None).compare()
    assert not any((page.drift or {}).values())

    restore_log()
    at = len(published())
    assert "published the state of 2 rows" in run("republish", "posts")
    assert "published the state of 2 rows" in run("republish", "comments")
    assert "published the state of 2 rows" in run("republish", "moderation")
    assert sorted(published()[at:]) == [
        *("CommentCreated", "CommentModerated", "CommentModerated"),
        *("CommentUpdated", "CommentUpdated", "PostCreated", "PostUpdated"),
    ]
    settle()

    log = published()
    assert on_record() == before
    assert drift() == {}
    for service in OWNERS:
        assert "published the state of 0 rows" in run("republish", service)
        run("replay_events", service, "--verify")
    settle()
    assert published() == log
    check_settled()


def test_it_is_the_same_when_the_workers_come_first(blog: Post) -> None:
    restore_log = backup("eventstore")
    late = comments.create_comment(blog.id, "Eve", "An orange")
    settle()
    moderation.decide(late.id, "approved", decided_by="mo")
    settle()
    before = on_record()

    restore_log()
    settle()
    for service in OWNERS:
        run("republish", service)
        settle()
    assert on_record() == before
    assert published().count("CommentModerated") == 2
    assert drift() == {}
    check_settled()


def test_a_dry_run_publishes_nothing(blog: Post) -> None:
    restore_log = backup("eventstore")
    posts.create_post("Another", "text")
    restore_log()
    log = published()
    assert "would publish the state of 1 row." in run("republish", "posts", "--dry-run")
    assert published() == log


def test_a_deletion_is_published_only_when_a_person_says_that_it_was_one(blog: Post) -> None:
    """Deleted here and lost here look the same."""
    [comment] = Comment.objects.all()
    restore_log = backup("eventstore")
    comments.delete_comment(comment.id)
    settle()
    restore_log()
    log = published()

    out, error = fails("republish", "comments")
    assert f"1 missing: {comment.id}" in out
    assert "republish with --deletions" in error
    assert published() == log
    run("republish", "comments", "--deletions")
    assert published() == [*log, "CommentDeleted"]
    run("republish", "comments", "--deletions")
    assert published() == [*log, "CommentDeleted"]
    settle()
    assert drift() == {}
    check_settled()


def test_a_state_that_came_back_is_published_too(blog: Post) -> None:
    """The log has had it before, so it looks older: the command decides."""
    posts.update_post(blog.id, title="Second")
    restore_log = backup("eventstore")
    posts.update_post(blog.id, title="A title")
    settle()
    restore_log()
    run("republish", "posts")
    settle()
    assert drift() == {}
    run("replay_events", "posts", "--verify")


def test_a_pending_comment_is_published_as_new_alone(blog: Post) -> None:
    restore_log = backup("eventstore")
    comments.create_comment(blog.id, "Ann", "Not judged yet")
    restore_log()
    log = published()
    run("republish", "comments")
    assert published() == [*log, "CommentCreated"]
