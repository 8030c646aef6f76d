"""What any schedule has: a beginning, steps that may die, what holds after each, and an end."""

import sys
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import TypeVar
from uuid import UUID

from django.db import connections
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant

from comments import services as comments
from eventstore import tasks
from eventstore.consumer import consumers
from eventstore.messaging import outboxes
from eventstore.store import head_position
from moderation import services as moderation
from posts import services as posts
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
        """With nothing broken and nobody's touch but a retry of what was set aside."""
        self.broken.clear()
        self.faults.down.clear()
        while True:
            before = self.heights()
            for name in ("posts", *consumers()):
                self.attempt(None, partial(tasks.sweep, name))
            for name, key in self.set_aside():
                consumers()[name].retry(key)
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

    def undisturbed(self, look: Callable[[], T]) -> T:
        with self.faults.none():
            return look()


def one_of(of: Sequence[T], number: int) -> T:
    return of[number % len(of)]
