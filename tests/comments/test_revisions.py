"""A comment whose sender changes its text is a new revision, which earlier decisions are not on."""

from typing import Any

import pytest
from django.conf import LazySettings

from comments import services
from comments.models import Comment
from eventstore.contracts import CommentModerated, decode, encode
from moderation import services as moderation
from moderation.models import Checkpoint, Review
from posts.models import Post
from query.models import CommentView
from tests.histories import settle

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")


def change(comment: Comment, content: str) -> None:
    """As its sender does."""
    services.update_comment(comment.id, content=content, by_sender=True)


def test_a_rejected_comment_has_its_reason_and_an_approved_one_has_none(post: Post) -> None:
    bad = services.create_comment(post.id, "Ann", "orange")
    good = services.create_comment(post.id, "Ann", "apple")
    settle()
    reasons = {row.id: row.reason for row in CommentView.objects.all()}
    assert reasons == {bad.id: "the rule “orange”", good.id: ""}


def test_a_new_text_is_judged_anew(post: Post) -> None:
    comment = services.create_comment(post.id, "Ann", "apple")
    settle()
    assert CommentView.objects.get(id=comment.id).status == "approved"

    change(comment, "orange")
    settle()
    shown = CommentView.objects.get(id=comment.id)
    assert (shown.status, shown.content) == ("rejected", "orange")
    review = Review.objects.get(comment_id=comment.id)
    assert (review.revision, review.content, review.matched_term) == (2, "orange", "orange")

    change(comment, "apple again")
    settle()
    assert CommentView.objects.get(id=comment.id).status == "approved"


def test_a_decision_on_an_earlier_text_has_no_effect(post: Post, settings: LazySettings) -> None:
    settings.MODERATION_DEFAULT = "hold"
    comment = services.create_comment(post.id, "Ann", "apple")
    settle()
    change(comment, "something else")
    # The moderator has not seen it yet: moderation has not handled the change.
    decided = moderation.decide(comment.id, "approved", decided_by="Mo")
    assert decided.revision == 1
    settle()

    comment.refresh_from_db()
    assert comment.status == "pending"
    review = Review.objects.get(comment_id=comment.id)
    assert (review.status, review.content, review.decided_by) == ("pending", "something else", "")
    moderation.decide(comment.id, "approved", decided_by="Mo")
    settle()
    assert CommentView.objects.get(id=comment.id).status == "approved"


def test_a_lost_queue_does_not_judge_a_text_again_that_was_decided(post: Post) -> None:
    """Moderation's database is lost, and handles everything from the beginning."""
    comment = services.create_comment(post.id, "Ann", "orange")
    settle()
    change(comment, "apple")
    settle()
    moderation.decide(comment.id, "rejected", decided_by="Mo", reason="Off topic")
    settle()
    Review.objects.all().delete()
    Checkpoint.objects.all().delete()
    settle()

    review = Review.objects.get(comment_id=comment.id)
    assert (review.status, review.decided_by, review.revision) == ("rejected", "Mo", 2)
    assert CommentView.objects.get(id=comment.id).status == "rejected"


def test_what_is_as_ever_is_not_in_the_data_of_an_event(post: Post) -> None:
    about: dict[str, Any] = {"comment_id": post.id, "post_id": post.id}
    text = encode(CommentModerated(**about, status="approved", reason="", decided_by="Mo"))
    assert "revision" not in text
    assert decode("CommentModerated", text).revision == 1  # type: ignore[attr-defined]
