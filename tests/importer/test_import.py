"""Histories of an import: given this export, when it is brought in, then this is there."""

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.management.base import CommandError
from django.db import OperationalError

from comments.models import Comment
from comments.services import delete_comment
from importer import importing
from moderation.models import Review
from moderation.services import decide
from posts.models import Post
from posts.services import delete_post
from query.models import CommentView, PostView
from tests.histories import settle
from tests.importer.imported import BLOG, bring_in, events
from tests.importer.wxrfiles import comment, item, wxr

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")


def test_a_blog_comes_in_with_dates_authors_and_standings(file: Path) -> None:
    said = bring_in(file, BLOG)
    post = PostView.objects.get(title="Tom & Jo")
    assert (post.body, post.author) == ("One.\n\nTwo.", "Ann Other")
    assert post.created_at == datetime(2010, 10, 5, 7, 27, 25, tzinfo=UTC)
    rows = CommentView.objects.filter(post_id=post.id).values_list("content", "author", "status")
    assert set(rows) == {
        ("Waits", "Bob", "pending"),
        ("An orange, approved there", "Bob", "approved"),
        ("Buy now", "Anonymous", "rejected"),
        ("Gone", "Bob", "rejected"),
        ("[...] as Ann said [...]", "Bob", "approved"),
    }
    date = CommentView.objects.values_list("created_at", flat=True).first()
    assert date == datetime(2010, 10, 6, 10, tzinfo=UTC)
    assert said["posts imported"] == "2"
    assert said["comments imported"] == "5"
    assert said["of these: rejected"] == "2"


def test_each_standing_is_the_imports_decision(file: Path) -> None:
    bring_in(file, BLOG)
    assert events() == Counter(
        PostCreated=2, CommentCreated=5, CommentModerated=4, CommentUpdated=4
    )
    assert set(Review.objects.values_list("decided_by", flat=True)) == {"import"}
    assert set(Review.objects.values_list("matched_term", flat=True)) == {""}


def test_what_waits_is_held_for_a_person(file: Path) -> None:
    bring_in(file, BLOG)
    review = Review.objects.get(status="pending")
    decide(review.comment_id, "approved", decided_by="mo")
    settle()
    assert CommentView.objects.get(id=review.comment_id).status == "approved"


def test_a_second_run_adds_nothing(file: Path) -> None:
    bring_in(file, BLOG)
    before = events()
    said = bring_in(file, BLOG.replace("https://blog.example<", "http://blog.example/<"))
    assert events() == before
    assert said["posts imported"] == said["comments imported"] == "0"
    assert said["posts already there"] == "2"
    assert said["comments already there"] == "5"


def test_a_second_run_brings_what_is_new_and_leaves_later_decisions(file: Path) -> None:
    bring_in(file, wxr(item(1, comment(1, "First"))))
    decide(Review.objects.get().comment_id, "rejected", decided_by="mo")
    said = bring_in(file, wxr(item(1, comment(1, "First"), comment(2, "Second")), item(2)))
    assert (said["posts imported"], said["comments imported"]) == ("1", "1")
    statuses = CommentView.objects.values_list("content", "status")
    assert set(statuses) == {("First", "rejected"), ("Second", "approved")}


def test_the_same_numbers_of_another_blog_are_others(file: Path) -> None:
    bring_in(file, wxr(item(1, comment(1))))
    bring_in(file, wxr(item(1, comment(1)), site="https://other.example"))
    assert (Post.objects.count(), Comment.objects.count()) == (2, 2)


def test_what_was_deleted_here_stays_deleted(file: Path) -> None:
    blog = wxr(item(1, comment(1)), item(2, comment(2), comment(3, "Stays")))
    bring_in(file, blog)
    first, second = Post.objects.order_by("title", "id")
    delete_post(first.id)
    delete_comment(Comment.objects.filter(post_id=second.id).order_by("id")[0].id)
    settle()
    left = set(PostView.objects.values_list("id")), set(CommentView.objects.values_list("id"))
    said = bring_in(file, blog)
    assert said["items skipped: deleted here"] == "1"
    assert left == (
        set(PostView.objects.values_list("id")),
        set(CommentView.objects.values_list("id")),
    )


@pytest.mark.parametrize("step", ["create_post", "record_import", "create_comment"])
@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("batch", [1, 4])
def test_a_run_that_broke_off_is_finished_by_the_next(
    file: Path, monkeypatch: pytest.MonkeyPatch, step: str, after: bool, batch: int
) -> None:
    real, calls = getattr(importing, step), []

    def breaks_off(*args: Any, **given: Any) -> Any:
        calls.append(args)
        result = real(*args, **given) if after or len(calls) == 1 else None
        if len(calls) == 2:
            raise OperationalError("the disk\nis full")
        return result

    with monkeypatch.context() as patch:
        patch.setattr(importing, step, breaks_off)
        patch.setattr(importing, "BATCH", batch)
        with pytest.raises(CommandError, match=r"\(the disk\): .* Then run this command again"):
            bring_in(file, BLOG)
    bring_in(file, BLOG)
    assert events() == Counter(
        PostCreated=2, CommentCreated=5, CommentModerated=4, CommentUpdated=4
    )
    statuses = Counter(CommentView.objects.values_list("status", flat=True))
    assert statuses == Counter(pending=1, approved=2, rejected=2)


def test_an_unknown_standing_waits_for_a_person(file: Path) -> None:
    bring_in(file, wxr(item(1, comment(approved="feedback"))))
    assert CommentView.objects.get().status == "pending"


def test_an_empty_export_is_fine(file: Path) -> None:
    assert bring_in(file, wxr())["posts imported"] == "0"
