"""The moderation API: the queue, and decisions that can be changed."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from django.conf import LazySettings
from django.test import Client
from django.utils.dateparse import parse_datetime

from comments import services as comments
from comments.models import Checkpoint as CommentsCheckpoint
from comments.models import Comment
from eventstore.models import Event
from moderation.models import Checkpoint, Review, Rule
from posts.models import Post
from tests.calls import every_page, send
from tests.histories import settle
from tests.people import browser_of

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")

QUEUE = "/api/moderation/reviews/"


@pytest.fixture
def moderator(transactional_db: None) -> Client:
    return browser_of("moderator")


def comment_on(post: Post, content: str) -> UUID:
    comment_id = comments.create_comment(post.id, "Ann", content).id
    settle()
    return comment_id


def decide(browser: Client, comment_id: UUID, decision: str, body: Any = None) -> Any:
    response = send(browser, "POST", f"{QUEUE}{comment_id}/{decision}/", body)
    settle()
    return response


def test_the_rule_that_decided_is_in_the_response(moderator: Client, post: Post) -> None:
    kind, unkind = comment_on(post, "A kind word"), comment_on(post, "Oranges!")

    times = {"created_at": "", "decided_at": ""}
    assert moderator.get(f"{QUEUE}{unkind}/").json() | times == {
        "comment_id": str(unkind),
        "post_id": str(post.id),
        "author": "Ann",
        "content": "Oranges!",
        "status": "rejected",
        "reason": "the rule “orange”",
        "decided_by": "filter",
        **times,
    }
    listed = moderator.get(QUEUE).json()["results"]
    assert [UUID(review["comment_id"]) for review in listed] == [unkind, kind]


def test_the_queue_can_be_filtered(moderator: Client, post: Post, settings: LazySettings) -> None:
    settings.MODERATION_DEFAULT = "hold"
    held, rejected = comment_on(post, "Hm"), comment_on(post, "orange")

    for query, found in (
        ("status=pending", [held]),
        ("status=rejected", [rejected]),
        ("status=approved", []),
        ("decided_by=filter", [rejected]),
        (f"post_id={post.id}", [rejected, held]),
        (f"post_id={uuid4()}", []),
    ):
        [page] = every_page(moderator, f"{QUEUE}?{query}")
        assert [UUID(review["comment_id"]) for review in page] == found


@pytest.mark.parametrize("body", [{"reason": "I know her"}, {}, {"reason": ""}, None])
def test_a_person_decides_and_it_shows(
    moderator: Client, client: Client, post: Post, settings: LazySettings, body: Any
) -> None:
    settings.MODERATION_DEFAULT = "hold"
    comment_id = comment_on(post, "A kind word")

    response = decide(moderator, comment_id, "approve", body)

    assert response.status_code == 200
    review = response.json()
    assert (review["status"], review["decided_by"]) == ("approved", "moderator")
    assert review["reason"] == (body or {}).get("reason", "")
    assert parse_datetime(review["decided_at"])
    assert response.headers["X-Event-Position"] == "3"
    [shown] = client.get(f"/api/query/posts/{post.id}/").json()["comments"]
    assert (shown["status"], shown["content"]) == ("approved", "A kind word")


def test_a_decision_can_be_changed_and_each_is_an_event(
    moderator: Client, client: Client, post: Post
) -> None:
    comment_id = comment_on(post, "orange")

    for decision, status in (("approve", "approved"), ("reject", "rejected")) * 2:
        decide(moderator, comment_id, decision)
        assert Comment.objects.get().status == status
        assert client.get(f"/api/comments/{comment_id}/").json()["status"] == status

    published = Event.objects.filter(subject=comment_id).values_list("type", flat=True)
    assert list(published) == ["CommentCreated", *["CommentModerated", "CommentUpdated"] * 5]


def test_a_comment_that_moderation_does_not_know_is_404(moderator: Client) -> None:
    for address in ("", "approve/", "reject/"):
        method = "POST" if address else "GET"
        response = send(moderator, method, f"{QUEUE}{uuid4()}/{address}")
        assert (response.status_code, list(response.json())) == (404, ["detail"])


def test_a_comment_that_is_deleted_leaves_the_queue(moderator: Client, post: Post) -> None:
    comment_id = comment_on(post, "A kind word")
    comments.delete_comment(comment_id)
    settle()

    assert not Review.objects.exists()
    assert decide(moderator, comment_id, "approve").status_code == 404


def test_an_event_that_comes_twice_is_handled_once(post: Post) -> None:
    for content in ("A kind word", "orange"):
        comment_on(post, content)
    before = list(Event.objects.values())

    for checkpoint in (Checkpoint, CommentsCheckpoint):
        checkpoint.objects.update(position=0)
    settle()

    assert list(Event.objects.values()) == before
    assert sorted(Comment.objects.values_list("status", flat=True)) == ["approved", "rejected"]


def test_the_second_of_two_moderators_gets_a_conflict_with_both_decisions(
    moderator: Client, post: Post
) -> None:
    comment_id = comment_on(post, "Oranges!")
    admin = browser_of("superuser")
    read = admin.get(f"{QUEUE}{comment_id}/").json()
    decide(moderator, comment_id, "approve", {"reason": "fruit"})

    for body in ({"reason": "spam"}, {"reason": "spam", "seen": read["decided_at"]}):
        conflict = decide(admin, comment_id, "reject", body)
        assert conflict.status_code == 409
        theirs, yours = conflict.json()["theirs"], conflict.json()["yours"]
        assert (theirs["status"], theirs["reason"]) == ("approved", "fruit")
        assert yours == {"status": "rejected", "reason": "spam", "decided_by": "superuser"}
    assert Comment.objects.get().status == "approved"

    seen = theirs["decided_at"]
    replaced = decide(admin, comment_id, "reject", {"reason": "spam", "seen": seen})
    assert (replaced.status_code, replaced.json()["decided_by"]) == (200, "superuser")
    assert Comment.objects.get().status == "rejected"


def test_what_the_filter_decided_or_nobody_is_no_conflict(
    moderator: Client, post: Post, settings: LazySettings
) -> None:
    settings.MODERATION_DEFAULT = "hold"
    held, rejected = comment_on(post, "A kind word"), comment_on(post, "Oranges!")
    assert decide(moderator, held, "reject", {"seen": None}).status_code == 200
    assert decide(moderator, rejected, "approve").status_code == 200
    assert decide(moderator, rejected, "reject").status_code == 200  # one's own


def test_a_rule_judges_the_author_too(moderator: Client, post: Post) -> None:
    comments.create_comment(post.id, "ORANGES cheap!", "A kind word")
    comments.create_comment(post.id, "Big", "Orchard")
    Rule.objects.create(term="big orchard", action="reject", match="word")
    settle()
    statuses = dict(Comment.objects.values_list("author", "status"))
    assert statuses == {"ORANGES cheap!": "rejected", "Big": "approved"}
    assert Review.objects.get(author="ORANGES cheap!").reason == "the rule “orange”"
