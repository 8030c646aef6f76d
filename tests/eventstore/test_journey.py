"""The journey of a comment: what each service did about it, and when."""

import json
from contextlib import ExitStack
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.conf import LazySettings
from django.core.management import CommandError, call_command
from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext

from comments import services as comments
from eventstore import consumer as registry
from eventstore import correlation, journey
from eventstore.consumer import consumers
from eventstore.journey import Did, Hop, Journey, JourneyNotFound, Known
from eventstore.models import Event
from moderation import services as moderation
from posts import services as posts
from posts.models import Post
from query import models as query
from tests.eventstore.events import all_workers_seen
from tests.histories import settle
from tests.people import browser_of

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")


@pytest.fixture
def comment_id(post: Post) -> UUID:
    """Of a comment that a rule has approved."""
    with correlation.scope("a-request"):
        comment_id = comments.create_comment(post.id, "Ann", "A kind word").id
    settle()
    return comment_id


def what(found: Journey) -> list[tuple[str, str, str]]:
    return [(hop.service, hop.did.value, hop.event.type) for hop in found.hops]


def hop_of(found: Journey, service: str, type_: str) -> Hop:
    [hop] = [
        hop
        for hop in found.hops
        if (hop.service, hop.event.type) == (service, type_) and hop.did != Did.PUBLISHED
    ]
    return hop


def test_a_comments_way_to_the_page(comment_id: UUID) -> None:
    found = journey.find("a-request")

    assert what(found)[0] == ("comments", "published", "CommentCreated")
    assert sorted(what(found)[1:]) == [
        ("comments", "handled", "CommentModerated"),
        ("moderation", "handled", "CommentCreated"),
        ("moderation", "handled", "CommentUpdated"),
        ("query", "handled", "CommentCreated"),
        ("query", "handled", "CommentUpdated"),
    ]
    assert found.lanes == ["comments", "moderation", "query"]
    assert {hop.known for hop in found.hops} == {Known.MEASURED}
    times = [hop.at for hop in found.hops if hop.at]
    assert times == sorted(times)
    assert len(times) == 6
    assert found.took == times[-1] - found.begun.time
    moderated = hop_of(found, "moderation", "CommentCreated")
    assert [event.type for event in moderated.published] == ["CommentModerated"]
    assert journey.decision_of(moderated.published[0])["status"] == "approved"
    assert len(found.trace_ids) == 1


def test_it_is_found_by_the_ids_of_its_events_and_of_what_they_are_about(comment_id: UUID) -> None:
    for event in Event.objects.filter(correlation_id="a-request"):
        assert journey.find(str(event.id)).correlation_id == "a-request"
    assert journey.find(f" {comment_id} ").correlation_id == "a-request"
    for unknown in ("", "nothing", str(uuid4())):
        with pytest.raises(JourneyNotFound):
            journey.find(unknown)


def test_a_correlation_id_that_is_a_comments_id_hides_nothing(
    comment_id: UUID, post: Post, client: Client
) -> None:
    with correlation.scope(str(comment_id)):
        comments.create_comment(post.id, "Mallory", "Look elsewhere")
    assert journey.find(str(comment_id)).correlation_id == "a-request"


def test_later_journeys_of_the_same_comment_are_named(comment_id: UUID) -> None:
    with correlation.scope("a-moderator"):
        moderation.decide(comment_id, "rejected", decided_by="Mo", reason="Rude")
    settle()

    found = journey.find(str(comment_id))
    assert [(other.correlation_id, other.type) for other in found.others] == [
        ("a-moderator", "CommentModerated")
    ]
    later = journey.find("a-moderator")
    assert [other.correlation_id for other in later.others] == ["a-request"]
    assert journey.decision_of(later.begun) == {
        "status": "rejected",
        "reason": "Rude",
        "decided_by": "Mo",
    }


def test_what_is_not_handled_yet_comes_last(post: Post) -> None:
    with correlation.scope("a-request"):
        comments.create_comment(post.id, "Ann", "A kind word")
    consumers()["query"].catch_up()

    found = journey.find("a-request")
    assert what(found) == [
        ("comments", "published", "CommentCreated"),
        ("query", "handled", "CommentCreated"),
        ("moderation", "not handled yet", "CommentCreated"),
    ]
    assert found.hops[-1].at is None
    assert found.took is None


def test_a_parked_event_is_shown_with_its_attempts_and_its_error_and_then_its_retry(
    post: Post, monkeypatch: pytest.MonkeyPatch, settings: LazySettings
) -> None:
    settings.RETRY_SCALE = 0
    consumer = consumers()["moderation"]
    handler = consumer.handlers["CommentCreated"]

    def fail(event: Any) -> None:
        raise ZeroDivisionError("no rule can judge this")

    with correlation.scope("a-request"):
        comments.create_comment(post.id, "Ann", "A kind word")
    with monkeypatch.context() as patch:
        patch.setitem(consumer.handlers, "CommentCreated", fail)
        settle()
    parked = hop_of(journey.find("a-request"), "moderation", "CommentCreated")
    assert (parked.did, parked.attempts) == (Did.PARKED, 5)
    assert parked.error == "ZeroDivisionError: no rule can judge this"
    assert parked.at
    with pytest.raises(CommandError, match="1 hop of this journey waits for a person") as caught:
        call_command("events", "journey", "a-request")
    assert caught.value.returncode == 1

    assert consumer.handlers["CommentCreated"] is handler
    assert consumer.retry(post.id, by="Mo") == 1
    assert hop_of(journey.find("a-request"), "moderation", "CommentCreated").did == Did.RETRYING
    settle()
    retried = hop_of(journey.find("a-request"), "moderation", "CommentCreated")
    assert (retried.did, retried.attempts, retried.error) == (Did.HANDLED, 5, "")
    assert retried.known == Known.MEASURED
    assert retried.at > parked.at  # type: ignore[operator]


def test_of_old_events_it_is_derived_from_what_was_published(comment_id: UUID) -> None:
    """As after a rebuild, or 10,000 events later: the waypoints are gone."""
    for consumer in consumers().values():
        consumer.waypoints._default_manager.all().delete()

    found = journey.find("a-request")
    moderated = hop_of(found, "moderation", "CommentCreated")
    [decided] = moderated.published
    assert (moderated.known, moderated.at) == (Known.DERIVED, decided.time)
    shown = hop_of(found, "query", "CommentUpdated")
    assert (shown.did, shown.known, shown.at) == (Did.HANDLED, Known.UNKNOWN, None)
    assert found.took


def test_consumers_of_other_processes_are_known_from_the_log_alone(
    comment_id: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in the process of query alone."""
    all_workers_seen()
    monkeypatch.setattr(registry, "_registry", {"query": query.consumer})

    found = journey.find("a-request")
    assert hop_of(found, "moderation", "CommentCreated").known == Known.DERIVED
    assert hop_of(found, "comments", "CommentModerated").known == Known.DERIVED
    assert hop_of(found, "query", "CommentUpdated").known == Known.MEASURED
    monkeypatch.setattr(registry, "_registry", {})
    found = journey.find("a-request")
    assert hop_of(found, "query", "CommentUpdated").did == Did.UNKNOWN


def test_events_of_an_earlier_program_have_no_time_of_their_append(comment_id: UUID) -> None:
    Event.objects.update(appended_at=None, traceparent=None)

    found = journey.find("a-request")
    assert (found.hops[0].did, found.hops[0].at) == (Did.PUBLISHED, None)
    assert found.trace_ids == []


def test_a_deleted_post_with_many_comments_is_shown_in_parts(post: Post) -> None:
    for n in range(7):
        comments.create_comment(post.id, f"Ann {n}", "A kind word")
    settle()
    with correlation.scope("a-deletion"):
        posts.delete_post(post.id)
    settle()

    parts, after = [], 0
    while True:
        found = journey.find("a-deletion", after, limit=3)
        assert found.begun.type == "PostDeleted"
        assert len(found.events) <= 3
        parts += found.events
        if found.next is None:
            break
        assert found.took is None
        after = found.next
    assert len(parts) == 8
    assert [event.position for event in parts] == sorted({event.position for event in parts})


def test_it_takes_few_queries_whatever_it_shows(post: Post) -> None:
    def queries(key: str) -> int:
        counted = [CaptureQueriesContext(connections[alias]) for alias in connections]
        with ExitStack() as opened:
            for each in counted:
                opened.enter_context(each)
            journey.find(key)
        return sum(map(len, counted))

    with correlation.scope("small"):
        comments.create_comment(post.id, "Ann", "A kind word")
    with correlation.scope("large"):
        for n in range(30):
            comments.create_comment(post.id, f"Ann {n}", "A kind word")
    settle()
    assert len(journey.find("large").events) == 90
    assert queries("small") == queries("large") <= 15


def test_its_look_ups_read_an_index() -> None:
    """However long the log is. (Servers read a log as small as this one as a whole.)"""
    if connections["eventstore"].vendor != "sqlite":
        return
    for which in ({"id": uuid4()}, {"subject": uuid4()}, {"correlation_id": "a-request"}):
        plan = Event.objects.filter(**which).order_by("position").explain()
        assert "SCAN" not in plan, plan


# --- Over HTTP


def test_the_api_gives_the_journey_and_its_events(comment_id: UUID) -> None:
    staff = browser_of("staff")
    found = staff.get(f"/api/events/journey/?of={comment_id}").json()
    assert found["correlationid"] == "a-request"
    assert [hop["did"] for hop in found["hops"]] == ["published", *["handled"] * 5]
    assert {hop["known"] for hop in found["hops"]} == {"measured"}
    by_moderation = [hop for hop in found["hops"] if hop["service"] == "moderation"]
    events = staff.get("/api/events/?correlationid=a-request").json()["results"]
    assert [event["type"] for event in events] == [
        "CommentCreated",
        "CommentModerated",
        "CommentUpdated",
    ]
    assert [hop["published"] for hop in by_moderation] == [[events[1]["id"]], []]
    assert {event["traceparent"][3:35] for event in events} == set(found["traceids"])
    about = staff.get(f"/api/events/?subject={comment_id}&type=CommentUpdated").json()["results"]
    assert [event["id"] for event in about] == [events[2]["id"]]
    assert "kind word" not in json.dumps(found)

    assert staff.get("/api/events/journey/?of=nothing").status_code == 404
    assert staff.get("/api/events/journey/?of=%09").status_code == 404
    assert staff.get("/api/events/journey/").status_code == 400
    assert staff.get("/api/events/journey/?of=a&after=x").status_code == 400
    assert staff.get("/api/events/?subject=x").status_code == 400
