"""Whatever is written, delivered, lost, repeated, set aside, rebuilt and killed, in any order: what
is saved is published once, and all services end with the same data."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from django.conf import LazySettings
from django.db import connections
from hypothesis.stateful import run_state_machine_as_test

from eventstore.consumer import consumers
from tests.emptying import Emptying
from tests.end_to_end.faults import Faults
from tests.end_to_end.schedule import People, Processes
from tests.fuzzing import examples

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")


class AnySchedule(People, Processes):
    """Whatever people and processes do, in any order."""


@pytest.fixture
def machine(
    settings: LazySettings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> Iterator[type[AnySchedule]]:
    settings.RETRY_SCALE, settings.CHUNK_ROWS = 0, 1
    monkeypatch.setattr("eventstore.turns.LOOK_AGAIN_SECONDS", 0)
    caplog.set_level("CRITICAL", "eventstore")
    for consumer in consumers().values():
        for type_, handler in consumer.handlers.items():
            may_fail = partial(_handle, consumer.name, type_, handler)
            monkeypatch.setitem(consumer.handlers, type_, may_fail)
    AnySchedule.faults, AnySchedule.emptying = Faults(), Emptying(connections)
    with AnySchedule.faults.installed():
        yield AnySchedule


@pytest.mark.hypothesis
def test_whatever_happens(machine: type[AnySchedule]) -> None:
    run_state_machine_as_test(machine, settings=examples(30, steps=30))


def do_nothing(*_: object, **__: object) -> None:
    pass


def append_nothing(*_: object) -> dict[UUID, int]:
    return {}


@pytest.mark.parametrize(
    "broken",
    [
        "comments.services.Outbox.publish",
        "eventstore.store.LockedHead.append",
        "comments.services.delete_comments_of",
        "comments.services.set_status",
        "comments.services.Outbox.publish_all",
        "eventstore.consumer.Fold.write",
    ],
)
def test_what_is_broken_is_noticed(
    machine: type[AnySchedule], monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    """The checks above can fail: with a part of the system that does nothing, they do."""
    monkeypatch.setattr(broken, append_nothing if broken.endswith("append") else do_nothing)
    one = machine()
    with pytest.raises(AssertionError):
        play(one)


def play(one: AnySchedule) -> None:
    """A post with two comments, and another that goes with its comment."""
    for number in (0, 1):
        one.create_post(title="One", dies=None)
        one.create_comment(one=number, content="an orange", dies=None)
    one.update_comment(one=0, content="a lemon", dies=None)
    one.sweep(name="moderation", dies=None)
    one.delete_post(one=1, dies=None)
    one.it_holds()
    one.it_settles()


def _handle(name: str, type_: str, handler: Callable[[Any], Any], event: Any) -> Any:
    if (name, type_) in AnySchedule.broken:
        raise ValueError(f"{name} cannot handle {type_}")
    return handler(event)
