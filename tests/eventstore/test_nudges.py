"""Nudges: one for each consumer however many events there are, and none lost for good."""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from celery import current_app
from django.test import Client

from comments import services as comments
from config.filebroker import FileQueue
from eventstore import nudges as nudging
from eventstore import outbox, store, tasks
from eventstore.consumer import consumers
from eventstore.models import Subscription
from eventstore.nudges import queue_of
from eventstore.tasks import SweepTimer
from posts import services as posts
from posts.models import Post
from query.models import PostView
from tests.brokers import nudges
from tests.eventstore.events import all_workers_seen
from tests.eventstore.processes import Processes

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")


SECONDS = 30.0  # for a thread to do what it has to
SUBSCRIBERS = ("comments", "moderation", "query")


@pytest.fixture(autouse=True)
def _awake() -> None:
    all_workers_seen()
    for service in SUBSCRIBERS:
        nudges(service)


def write(title: str = "A title") -> Post:
    return posts.create_post(title, "A body")


def sent() -> dict[str, list[str]]:
    """What waits in the queues that are not empty; it waits no more."""
    return {service: tasks for service in SUBSCRIBERS if (tasks := nudges(service))}


def test_an_append_wakes_its_subscribers_on_their_own_queues() -> None:
    post = write()
    assert sent() == {each: ["consume"] for each in SUBSCRIBERS}
    tasks.consume("moderation")
    comments.create_comment(post.id, "Ann", "A kind word")
    assert sent() == {"moderation": ["consume"]}  # query has a nudge waiting
    tasks.consume("query")
    tasks.consume("moderation")
    assert sent() == {}  # comments has one waiting, which now serves for the decision too
    tasks.consume("comments")
    assert sent() == {"moderation": ["consume"], "query": ["consume"]}


def test_a_consumer_with_a_nudge_waiting_gets_no_second_one() -> None:
    for n in range(5):
        write(str(n))
    assert sent() == {each: ["consume"] for each in SUBSCRIBERS}


def test_the_task_clears_the_nudge_before_it_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is written while it drains gets a nudge of its own."""
    write()
    sent()
    query = consumers()["query"]
    catch_up = query.catch_up

    def busy(seconds: float, **more: Any) -> object:
        progress = catch_up(seconds, **more)
        write("late")
        return progress

    monkeypatch.setattr(query, "catch_up", busy)
    tasks.consume("query")
    assert sent() == {"query": ["consume"]}
    monkeypatch.undo()
    tasks.consume("query")
    assert PostView.objects.count() == 2
    write("later still")
    assert sent() == {"query": ["consume"]}


def test_a_consumer_whose_worker_was_never_seen_is_not_woken() -> None:
    Subscription.objects.filter(consumer="comments").delete()
    write()
    assert sent().keys() == {"moderation", "query"}


def test_a_broker_that_is_down_costs_no_write_and_the_sweep_catches_up(
    client: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    link = nudging.Link()
    with own_sender(link.send), monkeypatch.context() as patch:
        patch.setenv("CELERY_BROKER_WRITE_URL", "amqp://127.0.0.1:1//")
        response = client.post(
            "/api/posts/", {"title": "A title", "body": "B"}, content_type="application/json"
        )
        assert response.status_code == 201
        assert response.headers["X-Event-Position"] == "1"
        assert nudging.drain(SECONDS)
    assert "no consumer was woken" in caplog.text
    assert sent() == {}
    tasks.sweep("query")
    assert PostView.objects.count() == 1
    write("woken again")
    assert sent() == {"query": ["consume"]}


class Broker:
    """One that fails or hangs, as long as it is told to; ``tries`` are the consumers' names."""

    def __init__(self) -> None:
        self.tries: list[str] = []
        self.fails = False
        self.responds = threading.Event()
        self.responds.set()

    def send(self, consumer: str) -> None:
        self.tries.append(consumer)
        assert self.responds.wait(SECONDS)
        if self.fails:
            raise ConnectionRefusedError("down")


@contextmanager
def own_sender(send: Callable[[str], None]) -> Iterator[nudging.Sender]:
    """This process sends its nudges by ``send``."""
    assert nudging.drain(SECONDS)
    with pytest.MonkeyPatch.context() as patch:
        sender = nudging.Sender(send)
        patch.setattr(nudging, "_sender", sender)
        yield sender
        assert sender.drain(SECONDS)


@pytest.fixture
def broker() -> Iterator[Broker]:
    broker = Broker()
    with own_sender(broker.send):
        yield broker
        broker.responds.set()


def test_a_broker_that_hangs_holds_no_writer(broker: Broker) -> None:
    broker.responds.clear()
    for n in range(3):  # ends, although nothing is sent
        write(str(n))
    assert not nudging.drain(0.01)
    broker.responds.set()
    assert nudging.drain(SECONDS)
    assert sorted(broker.tries) == sorted(SUBSCRIBERS)


def test_a_process_that_ends_does_not_wait_for_a_broker_that_hangs(broker: Broker) -> None:
    broker.responds.clear()
    write()
    assert not nudging.drain()


def test_a_process_that_ends_sends_what_it_still_has(tmp_path: Path) -> None:
    processes = Processes(tmp_path, f"sqlite:///{tmp_path}/{{alias}}.sqlite3")
    processes.alone("waking")
    for service in SUBSCRIBERS:
        message = FileQueue(tmp_path / "broker" / service).take()
        assert message
        assert message["headers"]["task"] == nudging.CONSUME


def test_what_a_broker_that_failed_did_not_get_stays_claimed_until_the_sweep(
    broker: Broker,
) -> None:
    broker.fails = True
    for n in range(3):
        write(str(n))
        assert nudging.drain(SECONDS)
    assert len(broker.tries) == 1
    assert Subscription.objects.filter(nudged=True).count() == 3
    tasks.sweep("query")
    nudged = Subscription.objects.filter(nudged=True).order_by("consumer")
    assert [each.consumer for each in nudged] == ["comments", "moderation"]
    assert PostView.objects.count() == 3


def test_a_broker_that_failed_is_tried_again_after_a_pause_that_grows(
    broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    monkeypatch.setattr("eventstore.nudges.time.monotonic", clock)
    broker.fails = True
    pauses = []
    for _ in range(6):
        before = len(broker.tries)
        pause = 0.0
        while len(broker.tries) == before:
            nudging.wake(["query"])
            assert nudging.drain(SECONDS)
            clock.now += 0.25
            pause += 0.25
        pauses.append(pause)
    assert pauses == [0.25, 0.5, 1.0, 2.0, 4.0, 5.0]
    broker.fails = False
    clock.now += 5
    for _ in range(3):  # one success, and nothing is dropped any more
        nudging.wake(["query", "comments"])
        assert nudging.drain(SECONDS)
    assert broker.tries[-6:] == ["query", "comments"] * 3


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def test_a_forked_process_sends_by_a_thread_of_its_own(broker: Broker) -> None:
    """The parent's thread does not exist in it, nor what the parent was about to send."""
    broker.responds.clear()
    write()
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        broker.tries.clear()
        broker.responds.set()
        nudging.wake(["moderation"])
        os.write(writer, f"{nudging.drain(SECONDS)} {broker.tries}".encode())
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(reader, 1_000).decode() == "True ['moderation']"


def test_the_sweep_carries_what_was_left_and_catches_up(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(outbox, "relay_quietly", lambda *_, **__: None)
        write()
    assert tasks.sweep("query") == {"consumer": "query", "handled": 1, "position": 1}
    assert PostView.objects.count() == 1
    assert sent().keys() == set(SUBSCRIBERS)


def test_a_service_without_subscriptions_sweeps_its_outbox_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(outbox, "relay_quietly", lambda *_, **__: None)
        write()
    assert tasks.sweep("posts") is None
    assert store.head_position() == 1


def test_every_worker_sweeps_for_its_own_service_on_its_own_queue() -> None:
    """By the timer in the worker, which knows it from the queue's name."""
    queues = SimpleNamespace(consume_from=[queue_of("query")])
    app = SimpleNamespace(
        conf=current_app.conf, amqp=SimpleNamespace(queues=queues), send_task=current_app.send_task
    )
    timer = SimpleNamespace(call_repeatedly=lambda seconds, tick: tick)
    with current_app.connection_for_read() as connection:
        worker = SimpleNamespace(app=app, timer=timer, connection=connection)
        SweepTimer(None).start(worker)
    assert sent() == {"query": ["sweep"]}
