"""Random schedules: people and processes act in any order, each step may crash, and the invariants
hold after each."""

import sys
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import TypeVar
from uuid import NAMESPACE_URL, UUID, uuid5

from django.conf import settings as django_settings
from django.db import connections
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from comments import services as comments
from eventstore import tasks
from eventstore.consumer import consumers
from eventstore.messaging import outboxes
from eventstore.outbox import relay_quietly
from eventstore.parking import State
from eventstore.rebuild import Rebuild
from eventstore.store import head_position
from moderation import services as moderation
from moderation.models import Review, Rule
from posts import services as posts
from posts.models import Post
from query.models import consumer as query
from tests.brokers import nudges
from tests.emptying import Emptying
from tests.end_to_end import invariants
from tests.end_to_end.faults import Faults

T = TypeVar("T")

DIES = st.none() | st.integers(0, 40)
ONE = st.integers(0, 9)  # of those that there are

ANSWERS = (
    posts.PostNotFound,
    comments.PostNotFound,
    comments.CommentNotFound,
    moderation.ReviewNotFound,
)
"""Not found."""


class Schedule(RuleBasedStateMachine):
    """Each step may die after a number of moments, and goes on where the databases then stand."""

    emptying: Emptying
    faults: Faults

    def __init__(self) -> None:
        super().__init__()
        self.faults.down.clear()
        self.broken.clear()
        for alias in connections:
            self.emptying.restore(alias)
        self.lost_for = 0
        self.posts: list[UUID] = []
        self.comments: list[UUID] = []
        self.titles: dict[UUID, list[tuple[str, str]]] = defaultdict(list)
        self.decided: dict[UUID, list[str]] = defaultdict(list)

    broken: set[tuple[str, str]] = set()
    """The consumers, each with a type of event that it fails with."""

    @invariant()
    def it_holds(self) -> None:
        self.lost_for -= 1
        if self.lost_for < 0:
            self.faults.down.clear()
        with self.faults.none():
            invariants.check(self.titles, self.decided)

    def teardown(self) -> None:
        if sys.exc_info()[0] is None:
            self.it_settles()

    def it_settles(self) -> None:
        """With nothing broken, and no intervention but a retry of what was set aside."""
        self.broken.clear()
        self.faults.down.clear()
        while True:
            before = self.heights()
            for name, key in self.set_aside():
                consumers()[name].retry(key)
            for name in ("posts", *consumers()):
                self.attempt(None, partial(tasks.sweep, name))
            if self.heights() == before:
                break
        self.it_holds()
        invariants.check_settled()

    def attempt(self, dies: int | None, action: Callable[[], object]) -> None:
        with suppress(*ANSWERS):
            self.faults.attempt(dies, action)

    def set_aside(self) -> list[tuple[str, UUID]]:
        """The consumers and keys where something waits for a person."""
        with self.faults.none():
            return [
                (name, key)
                for name, consumer in consumers().items()
                for key in sorted(consumer.parking.blocked())
            ]

    def heights(self) -> list[int]:
        waiting = [
            len(self.set_aside()),
            *(outbox._default_manager.count() for outbox in outboxes()),
        ]
        return [head_position(), *(c.position() for c in consumers().values()), *waiting]

    def undisturbed(self, read: Callable[[], T]) -> T:
        with self.faults.none():
            return read()


def one_of(of: Sequence[T], number: int) -> T:
    return of[number % len(of)]


TITLES = st.sampled_from(["One", "Two", "Three"])
CONTENTS = st.sampled_from(["kind words", "an orange", "a lemon"])


class People(Schedule):
    """They write, change, delete and decide."""

    @rule(title=TITLES, dies=DIES)
    def create_post(self, title: str, dies: int | None) -> None:
        self.posts.append(post := id_of("post", len(self.posts)))
        self.change_post(post, dies, lambda: posts.create_post(title, "A body", post_id=post))

    @precondition(lambda self: self.posts)
    @rule(one=ONE, title=TITLES, dies=DIES)
    def update_post(self, one: int, title: str, dies: int | None) -> None:
        post = one_of(self.posts, one)
        self.change_post(post, dies, lambda: posts.update_post(post, title=title))

    @precondition(lambda self: self.posts)
    @rule(one=ONE, dies=DIES)
    def delete_post(self, one: int, dies: int | None) -> None:
        post = one_of(self.posts, one)
        self.change_post(post, dies, lambda: posts.delete_post(post))

    @precondition(lambda self: self.posts)
    @rule(one=ONE, content=CONTENTS, dies=DIES)
    def create_comment(self, one: int, content: str, dies: int | None) -> None:
        self.comments.append(comment := id_of("comment", len(self.comments)))
        post = one_of(self.posts, one)
        self.attempt(
            dies, lambda: comments.create_comment(post, "Ann", content, comment_id=comment)
        )

    @precondition(lambda self: self.comments)
    @rule(one=ONE, content=CONTENTS, dies=DIES)
    def update_comment(self, one: int, content: str, dies: int | None) -> None:
        comment = one_of(self.comments, one)
        self.attempt(dies, lambda: comments.update_comment(comment, content=content))

    @precondition(lambda self: self.comments)
    @rule(one=ONE, dies=DIES)
    def delete_comment(self, one: int, dies: int | None) -> None:
        comment = one_of(self.comments, one)
        self.attempt(dies, lambda: comments.delete_comment(comment))

    @precondition(lambda self: self.comments)
    @rule(one=ONE, approve=st.booleans(), dies=DIES)
    def decide(self, one: int, approve: bool, dies: int | None) -> None:
        comment, status = one_of(self.comments, one), "approved" if approve else "rejected"
        before = _decision(comment)
        self.attempt(dies, lambda: moderation.decide(comment, status, decided_by="mo"))
        if self.undisturbed(lambda: _decision(comment)) != before:
            self.decided[comment].append(status)

    @rule(term=st.sampled_from(["orange", "lemon", "kind"]), on=st.booleans(), hold=st.booleans())
    def change_rules(self, term: str, on: bool, hold: bool) -> None:
        action = "hold" if hold else "reject"
        with self.faults.none():
            Rule.objects.update_or_create(term=term, defaults={"enabled": on, "action": action})

    def change_post(self, post: UUID, dies: int | None, change: Callable[[], object]) -> None:
        """Whether it crashes or not: what is saved is to be published."""
        before = self.undisturbed(lambda: Post.objects.filter(id=post).first())
        self.attempt(dies, change)
        after = self.undisturbed(lambda: Post.objects.filter(id=post).first())
        match before, after:
            case None, Post():
                self.titles[post].append(("PostCreated", after.title))
            case Post(), None:
                self.titles[post].append(("PostDeleted", ""))
            case Post(), Post() if after.version > before.version:
                self.titles[post].append(("PostUpdated", after.title))


def id_of(kind: str, number: int) -> UUID:
    return uuid5(NAMESPACE_URL, f"{kind} {number}")


def _decision(comment: UUID) -> object:
    rows = Review.objects.filter(comment_id=comment)
    return rows.values_list("decided_by", "decided_at").first()


CONSUMERS = st.sampled_from(["comments", "moderation", "query"])
SERVICES = st.sampled_from(["posts", "comments", "moderation", "query"])
ALIASES = st.sampled_from(["eventstore", "posts", "comments", "moderation", "query"])


class Processes(Schedule):
    """They relay, catch up, sweep and rebuild, are nudged or not, fail, and lose databases."""

    @rule(name=CONSUMERS, batch=st.integers(1, 6), dies=DIES)
    def catch_up(self, name: str, batch: int, dies: int | None) -> None:
        django_settings.CONSUMER_BATCH = batch
        self.attempt(dies, consumers()[name].catch_up)

    @rule(name=CONSUMERS, dies=DIES)
    def nudges_arrive(self, name: str, dies: int | None) -> None:
        for _ in nudges(name):
            self.attempt(dies, lambda: tasks.consume(name))

    @rule(name=CONSUMERS)
    def nudges_are_lost(self, name: str) -> None:
        nudges(name)

    @rule(name=SERVICES, dies=DIES)
    def sweep(self, name: str, dies: int | None) -> None:
        self.attempt(dies, lambda: tasks.sweep(name))

    @rule(one=ONE, dies=DIES)
    def relay(self, one: int, dies: int | None) -> None:
        self.attempt(dies, lambda: relay_quietly(one_of(outboxes(), one)))

    @rule(chunk=st.integers(1, 6), dies=DIES)
    def rebuild(self, chunk: int, dies: int | None) -> None:
        self.attempt(dies, lambda: _rebuild(chunk).switch())

    # --- What goes wrong, and what people do about it

    @rule(name=CONSUMERS, one=ONE, mended=st.booleans(), dies=DIES)
    def a_handler_fails(self, name: str, one: int, mended: bool, dies: int | None) -> None:
        self.broken.add((name, one_of(sorted(consumers()[name].handlers), one)))
        self.sweep(name=name, dies=dies)
        if mended:
            self.broken.clear()

    @precondition(lambda self: bool(self.set_aside()))
    @rule(one=ONE, dies=DIES)
    def retry(self, one: int, dies: int | None) -> None:
        name, key = one_of(self.set_aside(), one)
        self.attempt(dies, lambda: consumers()[name].retry(key))

    @precondition(lambda self: any(name == "query" for name, _ in self.set_aside()))
    @rule(dies=DIES)
    def discard(self, dies: int | None) -> None:
        with self.faults.none():
            position = query.parking.rows(State.PARKED)[0].position
        self.attempt(dies, lambda: query.discard(position, by="mo", reason="a test"))

    @rule(alias=ALIASES, steps=st.integers(1, 4))
    def a_database_is_lost(self, alias: str, steps: int) -> None:
        self.faults.down.add(alias)
        self.lost_for = steps


def _rebuild(chunk: int) -> Rebuild:
    return Rebuild(query, chunk, lambda events, position: None)
