"""What holds at every moment, whatever has happened."""

import json
from collections import defaultdict
from collections.abc import Iterable
from itertools import pairwise
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import F

from comments.models import Comment, KnownPost
from comments.models import Outbox as CommentsOutbox
from eventstore import store
from eventstore.consumer import Consumer, consumers
from eventstore.models import Event, Head
from eventstore.parking import State
from eventstore.rebuild import Rebuild
from moderation.models import Outbox as ModerationOutbox
from moderation.models import Review
from posts.models import Outbox as PostsOutbox
from posts.models import Post
from query.models import CommentCounts, CommentView, PostView
from query.models import consumer as query


class Published(NamedTuple):
    """An event: what it is about, its type and its data."""

    subject: UUID
    type: str
    data: dict[str, Any]


Fold = dict[UUID, dict[str, Any]]
POST = ("title", "body", "author")
COMMENT = ("post_id", "author", "content", "status")


def fold(published: Iterable[Published]) -> Fold:
    """The last state of each that is not gone."""
    states: Fold = {}
    for subject, type_, data in published:
        if type_.endswith("Deleted"):
            states.pop(subject, None)
        else:
            states[subject] = data
    return states


def by_id(rows: Iterable[Any]) -> Fold:
    return {row["id"]: row for row in rows}


def columns(rows: Fold, names: tuple[str, ...]) -> dict[UUID, list[str]]:
    return {key: [str(row[name]) for name in names] for key, row in rows.items()}


OUTBOXES = {"posts": PostsOutbox, "comments": CommentsOutbox, "moderation": ModerationOutbox}


def check(expected: dict[UUID, list[tuple[str, str]]], decided: dict[UUID, list[str]]) -> None:
    """``expected``: each post's events, as the type and the title; ``decided``: what people decided
    on each comment, in order."""
    log = list(Event.objects.all())
    _positions(log)
    published = {source: _published_by(source, log) for source in OUTBOXES}
    _posts(published["posts"], expected)
    _comments(published["comments"])
    _decisions(published["moderation"], decided)
    for consumer in consumers().values():
        _set_aside(consumer, log)
    _read_model(log)


def check_settled() -> None:
    """When all have come to the end of the log, and nothing is set aside but what was discarded."""
    assert not any(outbox._default_manager.exists() for outbox in OUTBOXES.values())
    for consumer in consumers().values():
        assert store.backlog(consumer.position(), consumer.handlers) == (0, None)
        assert not consumer.parking.blocked()
    living = set(Post.objects.values_list("id", flat=True))
    assert set(KnownPost.objects.values_list("post_id", flat=True)) == living
    known = by_id(Comment.objects.values())
    assert {row["post_id"] for row in known.values()} <= living
    reviews = by_id(Review.objects.values(*COMMENT, id=F("comment_id")))
    assert columns(known, COMMENT) == columns(reviews, COMMENT)
    replayed = Rebuild(query, 3, lambda events, position: None).compare()
    tables = (PostView, CommentView, CommentCounts)
    assert replayed.drift == {model._meta.db_table: [] for model in tables}
    if not query.parking.discarded():
        posts = by_id(Post.objects.values())
        assert columns(by_id(PostView.objects.values()), POST) == columns(posts, POST)
        assert columns(by_id(CommentView.objects.values()), COMMENT) == columns(known, COMMENT)


def _positions(log: list[Event]) -> None:
    """Gapless, each event once, and no consumer is ahead."""
    head = Head.objects.values_list("position", flat=True).first() or 0
    assert [event.position for event in log] == list(range(1, head + 1))
    assert len({event.id for event in log}) == len(log)
    for consumer in consumers().values():
        assert consumer.position() <= head


def _published_by(source: str, log: list[Event]) -> list[Published]:
    """What this service has published: in the log, or still in its outbox."""
    there = {event.id for event in log}
    waiting = OUTBOXES[source]._default_manager.order_by("sequence")
    rows: list[Any] = [event for event in log if event.source == source]
    rows += [row for row in waiting if row.id not in there]
    return [Published(row.subject, row.type, json.loads(row.data)) for row in rows]


def _posts(published: list[Published], expected: dict[UUID, list[tuple[str, str]]]) -> None:
    """Every saved change of a post is published once, in the order in which it was saved."""
    found = defaultdict(list)
    for subject, type_, data in published:
        found[subject].append((type_, data.get("title", "")))
    assert found == expected
    assert columns(fold(published), POST) == columns(by_id(Post.objects.values()), POST)


def _comments(published: list[Published]) -> None:
    """Each is created once and deleted once at most, and each event of it changes something."""
    of = defaultdict(list)
    for event in published:
        of[event.subject].append(event)
    for events in of.values():
        types = [event.type for event in events]
        assert types[0] == "CommentCreated"
        assert types.count("CommentCreated") == 1
        assert "CommentDeleted" not in types[:-1]
        for before, after in pairwise(events):
            assert before.data != after.data
    assert columns(fold(published), COMMENT) == columns(by_id(Comment.objects.values()), COMMENT)


def _decisions(published: list[Published], decided: dict[UUID, list[str]]) -> None:
    """The filter decides once; people's decisions are published once, in order; the last counts."""
    by_people: dict[UUID, list[str]] = defaultdict(list)
    by_filter: dict[UUID, list[str]] = defaultdict(list)
    last = {}
    for subject, _, data in published:
        (by_filter if data["decided_by"] == "filter" else by_people)[subject].append(data["status"])
        last[subject] = data["status"]
    assert by_people == decided
    assert all(len(decisions) == 1 for decisions in by_filter.values())
    for review in Review.objects.all():
        assert review.status == last.get(review.comment_id, "pending")


def _set_aside(consumer: Consumer, log: list[Event]) -> None:
    """Behind what is parked, all that belongs to the same post waits."""
    aside = set(consumer.parked._default_manager.values_list("position", flat=True))
    blocked: set[str] = set()
    parked = set(consumer.parking.rows(State.PARKED).values_list("position", flat=True))
    for event in log[: consumer.position()]:
        post = json.loads(event.data)["post_id"]
        if event.type in consumer.handlers and post in blocked:
            assert event.position in aside
        if event.position in parked:
            blocked.add(post)


def _read_model(log: list[Event]) -> None:
    """It follows from the events up to the checkpoint, without those that are set aside."""
    states = fold(_handled(query, log))
    comments = {key: data for key, data in states.items() if "status" in data}
    posts = {key: data for key, data in states.items() if key not in comments}
    assert columns(posts, POST) == columns(by_id(PostView.objects.values()), POST)
    assert columns(comments, COMMENT) == columns(by_id(CommentView.objects.values()), COMMENT)


def _handled(consumer: Consumer, log: list[Event]) -> list[Published]:
    aside = set(consumer.parked._default_manager.values_list("position", flat=True))
    return [
        Published(event.subject, event.type, json.loads(event.data))
        for event in log[: consumer.position()]
        if event.type in consumer.handlers and event.position not in aside
    ]
