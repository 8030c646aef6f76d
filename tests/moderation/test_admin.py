"""How a moderator decides on one comment in the admin, and what of it reaches the page."""

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client

from comments.services import delete_comment
from moderation.models import Review
from posts.models import Post
from tests.histories import settle
from tests.moderation.moderating import QUEUE, decide, decide_on, on_the_page, page_of, said, say

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")


def test_a_decision_is_recorded_said_and_can_be_changed(moderator: Client, post: Post) -> None:
    comment_id = say(post, "an orange")
    assert on_the_page(comment_id) == "rejected"
    answer = decide(moderator, comment_id, "_approve", " A fruit\nafter all ")
    assert answer.headers["Location"] == QUEUE
    review = Review.objects.get(comment_id=comment_id)
    assert (review.status, review.decided_by) == ("approved", "mo")
    assert review.reason == "A fruit after all"
    assert review.decided_at is not None
    assert on_the_page(comment_id) == "approved"
    decide(moderator, comment_id, "_reject")
    review.refresh_from_db()
    assert (review.status, review.reason) == ("rejected", "")
    assert on_the_page(comment_id) == "rejected"
    assert ['"status":"approved"' in data for data in said(comment_id)] == [False, True, False]
    history = LogEntry.objects.order_by("id").values_list("change_message", flat=True)
    assert list(history) == ["Approved. A fruit after all", "Rejected. "]


@pytest.mark.parametrize(
    ("why", "says"), [("y" * 201, "at most 200 characters"), ("a\x07b", "Control characters")]
)
def test_a_bad_reason_is_told_and_nothing_decided(
    moderator: Client, post: Post, why: str, says: str
) -> None:
    comment_id = say(post, "fine")
    single = decide(moderator, comment_id, "_reject", why)
    assert single.status_code == 200
    assert says in single.content.decode()
    assert single.context["adminform"].form.errors.keys() == {"why"}
    assert says in decide_on(moderator, "reject", comment_id, why=why).content.decode()
    assert on_the_page(comment_id) == "approved"
    assert len(said(comment_id)) == 1


@pytest.mark.parametrize("button", ["_save", "_continue"])
def test_saving_without_a_decision_decides_nothing(
    moderator: Client, post: Post, button: str
) -> None:
    comment_id = say(post, "fine")
    answer = decide(moderator, comment_id, button)
    assert "Press Approve or Reject." in answer.content.decode()
    assert len(said(comment_id)) == 1


def test_nothing_but_the_decision_can_be_changed(moderator: Client, post: Post) -> None:
    comment_id = say(post, "fine")
    forged = {"_reject": "x", "content": "forged", "author": "forged", "decided_by": "forged"}
    moderator.post(page_of(comment_id), forged)
    review = Review.objects.get(comment_id=comment_id)
    assert (review.content, review.author, review.decided_by) == ("fine", "Bob", "mo")
    assert moderator.get(f"{QUEUE}add/").status_code == 403
    assert moderator.post(f"{QUEUE}{comment_id}/delete/", {"post": "yes"}).status_code == 403
    assert "delete_selected" not in moderator.get(QUEUE).content.decode()


def test_a_comment_that_is_gone(moderator: Client, post: Post) -> None:
    gone, stays = say(post, "fine 1"), say(post, "fine 2")
    delete_comment(gone)
    settle()
    assert decide(moderator, gone, "_reject").status_code == 302
    decide_on(moderator, "reject", gone, stays)
    assert on_the_page(stays) == "rejected"
    assert moderator.get(f"{QUEUE}nonsense/change/").status_code == 302
