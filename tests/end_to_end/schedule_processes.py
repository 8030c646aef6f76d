"""What processes do in any schedule, what goes wrong with them, and what people do about it."""

from django.conf import settings as django_settings
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from eventstore import tasks
from eventstore.consumer import consumers
from eventstore.messaging import outboxes
from eventstore.parking import State
from eventstore.rebuild import Rebuild
from eventstore.relay import relay_quietly
from query.handlers import consumer as query
from tests.brokers import nudges
from tests.end_to_end.schedule import DIES, ONE, Schedule, one_of

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
