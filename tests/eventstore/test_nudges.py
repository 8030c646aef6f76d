"""Nudges: one for each consumer however many events there are, and none lost for good."""

from types import SimpleNamespace

import pytest
from celery import current_app
from django.test import Client

from comments import services as comments
from eventstore import outbox, store, tasks
from eventstore.consumer import consumers
from eventstore.models import Subscription
from eventstore.tasks import SweepTimer, queue_of
from posts import services as posts
from posts.models import Post
from query.models import PostView
from tests.brokers import nudges
from tests.eventstore.events import all_workers_seen

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")


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
    assert sent() == {"comments": ["consume"], "query": ["consume"]}
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
    assert sent() == {"comments": ["consume"], "query": ["consume"]}


def test_the_task_clears_the_nudge_before_it_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is written while it drains gets a nudge of its own."""
    write()
    sent()
    query = consumers()["query"]
    catch_up = query.catch_up

    def busy(seconds: float) -> object:
        progress = catch_up(seconds)
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
    assert sent().keys() == {"query"}


def test_a_broker_that_is_down_costs_no_write_and_the_sweep_catches_up(
    client: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("CELERY_BROKER_WRITE_URL", "amqp://127.0.0.1:1//")
    monkeypatch.setattr(current_app.amqp, "_producer_pool", None)
    response = client.post(
        "/api/posts/", {"title": "A title", "body": "B"}, content_type="application/json"
    )
    assert response.status_code == 201
    assert response.headers["X-Event-Position"] == "1"
    assert "no consumer was woken" in caplog.text
    monkeypatch.undo()
    assert sent() == {}
    tasks.sweep("query")
    assert PostView.objects.count() == 1
    write("woken again")
    assert sent() == {"query": ["consume"]}


def test_while_the_broker_is_down_only_the_first_writer_tries_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tries = []

    def refuse(*_: object, **__: object) -> None:
        tries.append(1)
        raise ConnectionRefusedError

    monkeypatch.setattr(tasks.consume, "apply_async", refuse)
    for n in range(3):
        write(str(n))
    assert len(tries) == 1


def test_the_sweep_carries_what_was_left_and_catches_up(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(outbox, "relay_quietly", lambda *_, **__: None)
        write()
    assert tasks.sweep("query") == {"consumer": "query", "handled": 1, "position": 1}
    assert PostView.objects.count() == 1
    assert sent().keys() == {"comments", "query"}


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
    SweepTimer(None).start(SimpleNamespace(app=app, timer=timer))
    assert sent() == {"query": ["sweep"]}
