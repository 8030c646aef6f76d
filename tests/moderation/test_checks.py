"""What no rule decides is sent to an external check; nothing waits for its answer."""

import json
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from comments.services import update_comment
from moderation import checks, notices, services
from moderation.models import Check, Decision, Review, Rule
from moderation.rules import Action
from posts.models import Post
from tests.histories import settle
from tests.moderation.moderating import comment_on, on_the_page, published_decisions
from tests.receivers import Receiver, drips, hangs, receiving, responds

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")

SECONDS = 0.3  # for a call to a server that hangs: then it is given up
PATIENT_SECONDS = 20.0  # for one that responds, on a busy machine
HANG = (hangs, drips)


@pytest.fixture
def checker(settings: Any) -> Iterator[Receiver]:
    with receiving() as receiver:
        settings.MODERATION_CHECK_URL = receiver.url
        settings.MODERATION_CHECK_SECRET = "a secret that is long enough for all"
        settings.MODERATION_CHECK_SECONDS = PATIENT_SECONDS
        yield receiver


def _answers(decision: str, reason: str | None = None) -> Any:
    return responds(200, json.dumps({"decision": decision, "reason": reason}).encode())


def _checked() -> None:
    checks.run()
    settle()


def test_it_decides_what_no_rule_does(post: Post, checker: Receiver) -> None:
    comment = comment_on(post, "Look [here](https://a.example)", author="Ann")
    assert on_the_page(comment) == "pending"
    assert Review.objects.get(pk=comment).reason == "awaiting the external check"
    checker.behave = _answers("approve")

    _checked()
    _checked()

    [got] = checker.got
    assert got.headers["webhook-id"] == f"{comment}.1"
    assert got.headers["webhook-signature"].startswith("v1,")
    data = got.json["data"]
    assert (data["author"], data["post_title"]) == ("Ann", "A title")
    assert (data["text"], data["links"]) == ("Look here", ["https://a.example"])
    assert on_the_page(comment) == "approved"
    review = Review.objects.get(pk=comment)
    assert (review.decided_by, review.reason) == ("check", "approved by the external check")
    assert [each.by_person for each in Decision.objects.filter(comment_id=comment)] == [False]


def test_rules_decide_first(post: Post, checker: Receiver) -> None:
    Rule.objects.create(term="maybe", action=Action.HOLD.value)
    assert on_the_page(comment_on(post, "Oranges")) == "rejected"
    comment_on(post, "Maybe")

    _checked()

    assert checker.got == []


def test_its_reason_is_published_in_one_line(post: Post, checker: Receiver) -> None:
    comment = comment_on(post, "Pills")
    checker.behave = _answers("reject", "Spam,\r\n\x1b[2J surely " + "!" * 500)

    _checked()

    [decision] = map(json.dumps, published_decisions(comment))
    assert on_the_page(comment) == "rejected"
    reason = Review.objects.get(pk=comment).reason
    assert reason.startswith("Spam, [2J surely !!!")
    assert len(reason) == checks.REASON
    assert reason[:20] in decision


@pytest.mark.parametrize("default", ["approve", "hold"])
def test_whatever_is_no_answer_holds_the_comment(
    post: Post, checker: Receiver, settings: Any, default: str
) -> None:
    settings.MODERATION_DEFAULT = default
    failures: list[tuple[Any, str]] = [
        (_answers("hold", "a person must see it"), "check: a person must see it"),
        (_answers("hold"), "held by the external check"),
        (_answers("perhaps"), "its response is not valid"),
        (responds(200, b"approve"), "its response is not valid"),
        (responds(200, b'{"decision": ["approve"]}'), "its response is not valid"),
        (responds(200, b"[" * 60_000), "its response is not valid"),
        (responds(200, b'{"decision": "approve", "reason": 1}'), "its response is not valid"),
        (responds(500, b'{"decision": "approve"}'), "it responded with 500"),
        (responds(307, b"", "Location: /"), "not followed"),
        (hangs, "no response within 0.3 seconds"),
        (drips, "no response within 0.3 seconds"),
        (lambda peer, got: None, "cannot be reached"),
    ]
    for number, (behave, why) in enumerate(failures, start=1):
        checker.behave = behave
        settings.MODERATION_CHECK_SECONDS = SECONDS if behave in HANG else PATIENT_SECONDS
        comment = comment_on(post, f"Comment {number}")
        _checked()
        _checked()
        assert why in Review.objects.get(pk=comment).reason
        assert on_the_page(comment) == "pending"
        assert len(checker.got) == number
    assert not Check.objects.exists()


def test_slow_calls_are_made_together(post: Post, checker: Receiver, settings: Any) -> None:
    checker.behave = hangs
    settings.MODERATION_CHECK_SECONDS = SECONDS
    comments = [comment_on(post, f"Comment {number}") for number in range(2 * checks.PARALLEL)]
    began = time.monotonic()

    checks.run()

    assert time.monotonic() - began < len(comments) * SECONDS
    assert len(checker.got) == len(comments)


def test_a_moderator_who_decides_meanwhile_wins(post: Post, checker: Receiver) -> None:
    before, amid, undone = (comment_on(post, text) for text in ("Before", "Amid", "Undone"))
    services.decide(before, "rejected", decided_by="mo")
    checker.behave = _answers("approve")
    claimed = checks._claim()
    services.decide(amid, "rejected", decided_by="mo")
    services.decide(undone, "rejected", decided_by="mo", batch=(batch := amid))
    services.undo(batch, by="mo", limit=10)
    for check, body in claimed:
        found = checks._ask(body)
        services.decide_by_check(check, found.status, found.reason)
    settle()

    assert len(checker.got) == 2
    assert [on_the_page(comment) for comment in (before, amid)] == ["rejected", "rejected"]
    review = Review.objects.get(pk=undone)
    assert (review.status, review.reason) == ("pending", "")
    assert not Check.objects.exists()


def test_what_is_changed_meanwhile_is_checked_anew(post: Post, checker: Receiver) -> None:
    comment = comment_on(post, "Hello")
    checker.behave = _answers("approve")
    [(check, body)] = checks._claim()
    update_comment(comment, content="Hello, and pills", by_sender=True)
    settle()
    answer = checks._ask(body)
    services.decide_by_check(check, answer.status, answer.reason)
    settle()
    assert on_the_page(comment) == "pending"

    checker.behave = _answers("reject")
    _checked()

    assert [got.json["data"]["text"] for got in checker.got] == ["Hello", "Hello, and pills"]
    assert on_the_page(comment) == "rejected"


def test_a_worker_that_died_amid_a_call_is_followed_by_another(
    post: Post, checker: Receiver
) -> None:
    comment = comment_on(post, "Hello")
    checker.behave = _answers("approve")
    assert checks._claim()  # and there its process ends
    _checked()
    assert checker.got == []

    Check.objects.update(due_at=timezone.now() - timedelta(seconds=1))
    _checked()
    _checked()

    assert len(published_decisions(comment)) == 1


def test_what_is_deleted_or_was_decided_before_is_not_sent(post: Post, checker: Receiver) -> None:
    comment = comment_on(post, "Hello")
    checker.behave = _answers("approve")
    _checked()
    state = Review.objects.get(pk=comment)
    Review.objects.all().delete()

    assert services.find_review(comment).decided_by == "check"  # from the log
    gone = comment_on(post, "Gone")
    Review.objects.filter(pk=gone).delete()
    _checked()

    assert len(checker.got) == 1
    assert Review.objects.get(pk=comment).reason == state.reason


def test_a_digest_has_what_it_holds_and_not_what_awaits_it(
    post: Post, checker: Receiver, settings: Any, mailoutbox: list[Any]
) -> None:
    settings.MODERATION_EMAIL = ["mo@blog.example"]
    settings.MODERATION_DIGEST_SECONDS = 0
    comment_on(post, "Hello")
    notices.run()
    assert mailoutbox == []
    checker.behave = _answers("hold", "unsure")

    _checked()
    notices.run()

    assert "(held by the external check: unsure)" in mailoutbox[0].body


def test_a_check_that_is_turned_off_leaves_what_waits_to_persons(
    post: Post, checker: Receiver, settings: Any
) -> None:
    comment = comment_on(post, "Hello")
    settings.MODERATION_CHECK_URL = ""

    _checked()

    assert Review.objects.get(pk=comment).reason == "the external check was turned off"
