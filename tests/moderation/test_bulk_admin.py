"""How a moderator decides on many comments at once in the admin."""

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client

from moderation.models import Outbox, Review
from posts.models import Post
from tests.histories import settle
from tests.moderation.moderating import decide_on, on_the_page, say

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")


def test_decisions_in_bulk(moderator: Client, post: Post) -> None:
    ids = [say(post, f"an orange {n}") for n in range(3)]
    answer = decide_on(moderator, "approve", *ids[:2], why="Fruit.")
    assert "Approved 2 comments." in answer.content.decode()
    assert [on_the_page(comment_id) for comment_id in ids] == ["approved", "approved", "rejected"]
    reviews = Review.objects.filter(decided_by="mo", reason="Fruit.", status="approved")
    assert {review.comment_id for review in reviews} == set(ids[:2])
    decide_on(moderator, "reject", ids[0])
    assert on_the_page(ids[0]) == "rejected"
    assert LogEntry.objects.count() == 3


def test_bulk_takes_all_pages_where_asked(moderator: Client, post: Post) -> None:
    ids = [say(post, f"fine {n}") for n in range(3)]
    decide_on(moderator, "reject", ids[0], select_across="1")
    assert {on_the_page(comment_id) for comment_id in ids} == {"rejected"}


def test_bulk_decides_on_all_or_none(
    moderator: Client, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = [say(post, f"fine {n}") for n in range(3)]
    real, calls = Outbox.publish, []

    def fails_at_the_second(event: Any) -> Any:
        calls.append(event)
        if len(calls) == 2:
            raise RuntimeError("no")
        return real(event)

    monkeypatch.setattr(Outbox, "publish", fails_at_the_second)
    with pytest.raises(RuntimeError):
        decide_on(moderator, "reject", *ids)
    settle()
    assert set(Review.objects.values_list("status", flat=True)) == {"approved"}
    assert {on_the_page(comment_id) for comment_id in ids} == {"approved"}
