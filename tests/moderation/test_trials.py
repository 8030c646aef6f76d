"""What rules would do: to a text that a moderator types, and to past comments; and what they do to
pending ones."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from moderation import applying, trials
from moderation.applying import block_author
from moderation.models import Review, Rule
from posts.models import Post
from tests.histories import settle
from tests.moderation.moderating import RULES, comment_on, decide, on_the_page

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")

PLUM = {"kind": "words", "term": "plum", "match": "word", "action": "reject", "enabled": "on"}


def pending(post: Post, content: str, author: str = "Bob") -> Any:
    """A comment that waits for a person, as no rule rejects it yet."""
    Rule.objects.get_or_create(kind="length", number=1, action="hold")
    return comment_on(post, content, author)


# --- A text


def test_a_text_is_tried_and_nothing_is_kept(moderator: Client, post: Post) -> None:
    Rule.objects.create(kind="links", number=1, action="hold")
    sent = {"content": "An **or**ange <b> https://a.example", "author": "Eve"}
    answer = moderator.post(f"{RULES}test/", sent)
    html = answer.content.decode()
    assert "Rejected, by the rule “orange”." in html
    assert "<strong><mark>or</mark></strong><mark>ange</mark> &lt;b&gt;" in html
    assert [rule.label for rule in answer.context["trial"].rules] == ["orange", "a link"]
    assert Review.objects.count() == 0


@pytest.mark.parametrize(
    ("default", "check", "outcome"),
    [
        ("approve", "", "Approved: no rule matches."),
        ("hold", "", "Held for a person: no rule matches."),
        ("approve", "https://check.example/", "Pending, until the external check decides: no rule"),
    ],
)
def test_a_text_without_a_match(
    moderator: Client, settings: Any, default: str, check: str, outcome: str
) -> None:
    settings.MODERATION_DEFAULT, settings.MODERATION_CHECK_URL = default, check
    assert outcome in moderator.post(f"{RULES}test/", {"content": "Fine"}).content.decode()
    assert "This field is required" in moderator.post(f"{RULES}test/").content.decode()


# --- The past


def test_a_rule_is_tried_on_the_past_before_it_is_saved(moderator: Client, post: Post) -> None:
    fine, judged = comment_on(post, "plum one"), comment_on(post, "plum <i> two")
    comment_on(post, "an orange plum")
    comment_on(post, "a plumber")
    decide(moderator, judged, "_approve", "I like them")
    answer = moderator.post(f"{RULES}add/", {**PLUM, "_try": "x"})
    html = answer.content.decode()
    assert "Would have rejected 3 of all 4 comments." in html
    assert (
        "1 approved by a person, 1 approved by the filter or an import, 1 rejected already" in html
    )
    assert answer.context["history"].examples[0].pk == judged
    assert f"/admin/moderation/review/{fine}/change/" in html
    assert "plum &lt;i&gt; two" in html
    assert not Rule.objects.filter(term="plum").exists()
    assert moderator.post(f"{RULES}add/", PLUM).status_code == 302
    assert Rule.objects.get(term="plum").added_by == "mo"


def test_a_rule_that_is_not_valid_is_not_tried(moderator: Client) -> None:
    answer = moderator.post(f"{RULES}add/", {**PLUM, "term": "", "_try": "x"})
    assert "This field is required." in answer.content.decode()
    assert "history" not in answer.context


def test_a_long_past_is_tried_as_far_as_there_is_time(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trials, "TRIAL_ROWS", 10)
    start = datetime(2025, 5, 1, tzinfo=UTC)
    texts = {"post_id": post.id, "author": "Ann", "content": "plum", "status": "approved"}
    Review.objects.bulk_create(
        Review(comment_id=uuid4(), created_at=start + timedelta(hours=n // 3), **texts)
        for n in range(35)
    )
    rule = Rule(term="plum")
    some = trials.dry_run(rule, seconds=-1)
    assert (some.seen, some.matched, some.is_all) == (10, 10, False)
    text = some.summary(rule)
    assert text == "Would have rejected 10 of the newest 10 comments, back to 1 May 2025."
    every = trials.dry_run(rule)
    assert (every.seen, every.matched, every.is_all) == (35, 35, True)
    assert len(every.examples) == trials.MAX_EXAMPLES
    assert trials.dry_run(Rule(kind="author", term="Eve")).seen == 0
    assert trials.dry_run(Rule(kind="first", action="hold")).matched == 3


# --- What is pending


def test_a_new_rule_is_applied_to_what_is_pending(moderator: Client, post: Post) -> None:
    plum, pear = pending(post, "plum"), pending(post, "pear")
    page = moderator.post(f"{RULES}add/", PLUM, follow=True).content.decode()
    rule = Rule.objects.get(term="plum")
    assert f'href="{RULES}apply/?rule={rule.pk}"' in page
    assert on_the_page(plum) == "pending"
    assert "Apply “plum”" in moderator.get(f"{RULES}apply/?rule={rule.pk}").content.decode()
    answer = moderator.post(f"{RULES}apply/", {"rule": rule.pk}).content.decode()
    settle()
    assert "1 rejected, of 2 pending comments." in answer
    assert (on_the_page(plum), on_the_page(pear)) == ("rejected", "pending")
    review = Review.objects.get(comment_id=plum)
    assert (review.reason, review.decided_by) == ("the rule “plum”", "filter")
    decide(moderator, plum, "_approve")
    assert on_the_page(plum) == "approved"


def test_very_many_are_done_in_parts_and_each_once(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(applying, "APPLY_ROWS", 2)
    ids = [pending(post, f"plum {n}" if n % 2 else f"pear {n}") for n in range(5)]
    rules, seen, rejected = [Rule.objects.create(term="plum")], [], []
    after = None
    for _ in range(3):
        applied = applying.apply_rules(rules, -1, after)
        after = applied.rest_after
        seen.append(applied.seen)
        rejected += [review.pk for review in applied.rejected]
    assert seen == [2, 2, 1]
    assert after is None
    assert rejected == [ids[1], ids[3]]


def test_what_an_import_left_pending_is_not_lost(post: Post) -> None:
    comment = pending(post, "pear")
    left = {"decided_by": "import", "reason": "waiting when it was imported"}
    Review.objects.filter(pk=comment).update(**left)
    applied = applying.apply_rules(Rule.objects.in_force(), 1)
    assert (applied.seen, applied.held, applied.rejected) == (1, 1, [])
    review = Review.objects.get(pk=comment)
    assert (review.status, review.reason) == ("pending", left["reason"])


def test_a_rule_that_is_gone_is_not_applied(moderator: Client) -> None:
    answer = moderator.get(f"{RULES}apply/?rule=99999", follow=True)
    assert "This rule is gone, or not enabled." in answer.content.decode()


# --- An author is blocked


def test_who_is_blocked_again_stays_blocked(post: Post) -> None:
    rule = block_author("Eve", "mo")
    Rule.objects.filter(pk=rule.pk).update(enabled=False, action="hold")
    again = block_author("EVE", "ma")
    assert (again.pk, again.enabled, again.action, again.added_by) == (
        rule.pk,
        True,
        "reject",
        "mo",
    )
