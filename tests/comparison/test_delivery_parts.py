"""What the ways of delivery are made of: small services, broker, traffic, counting."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from http import HTTPStatus
from pathlib import Path
from threading import Event, Thread
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
from kombu import Connection

from comparison.delivery.broker import Broker
from comparison.delivery.measure import QUICK, Halted, Scene, count_comments
from comparison.delivery.services import (
    COMMENTS,
    MODERATION,
    NEW_SERVICE,
    RULES,
    WRITER,
    crash_file,
    create_comment,
    from_message,
    handle,
    open_database,
    serve,
    to_message,
)
from comparison.delivery.ways import Access, Records, file_broker_access
from config.processes.paths import BASE, RunPaths
from eventstore.contracts import CommentCreated, CommentModerated
from lab.http import NoResponse, request
from lab.stack import free_port
from moderation.models import Rule
from tests.running import SECONDS


@pytest.fixture
def created(tmp_path: Path) -> CommentCreated:
    return create_comment(tmp_path, uuid4(), "Ann", "A kind word")


@pytest.fixture
def access(tmp_path: Path) -> Access:
    return file_broker_access(tmp_path / "broker")


@pytest.fixture
def broker(access: Access) -> Broker:
    return Broker(access.settings)


@pytest.fixture
def connection(broker: Broker) -> Iterator[Connection]:
    with broker.connect() as connection:
        yield connection


def test_small_services_do_what_the_blog_does(tmp_path: Path) -> None:
    kind = create_comment(tmp_path, uuid4(), "Ann", "A kind word")
    fruit = create_comment(tmp_path, uuid4(), "Ann", "I like Oranges")

    decisions = [handle(MODERATION, tmp_path, comment) for comment in (kind, fruit)]

    for decision in decisions:
        assert isinstance(decision, CommentModerated)
        handle(COMMENTS, tmp_path, decision)
    with open_database(tmp_path, COMMENTS) as database:
        statuses = dict(database.execute("SELECT id, status FROM comment").fetchall())
    assert statuses == {str(kind.comment_id): "approved", str(fruit.comment_id): "rejected"}


@pytest.mark.django_db(databases="__all__")
def test_small_moderation_has_the_rules_of_the_blog() -> None:
    rules = Rule.objects.filter(enabled=True).values_list("term", "match", "action")
    assert list(rules) == [(rule.term, rule.match, rule.action) for rule in RULES]


def test_event_survives_its_message(created: CommentCreated) -> None:
    assert from_message(to_message(created)) == created


def test_message_stays_until_it_is_acknowledged(
    broker: Broker, connection: Connection, created: CommentCreated
) -> None:
    """As in a broker that is a server: it is redelivered after the consumer was killed."""
    with consuming(broker, MODERATION) as taken:
        broker.publish(connection, created)
        [first] = taken(1)
        assert broker.backlog() == 1

    with consuming(broker, MODERATION) as taken:
        [again] = taken(1)
        assert from_message(again.payload) == from_message(first.payload) == created
        again.ack()
        assert broker.backlog() == 0

    with consuming(broker, MODERATION) as taken:
        assert taken(1) == []


def test_messages_are_redelivered_in_order(
    broker: Broker, connection: Connection, tmp_path: Path
) -> None:
    published = [create_comment(tmp_path, uuid4(), "Ann", f"{number}") for number in range(3)]
    with consuming(broker, MODERATION) as taken:
        for comment in published:
            broker.publish(connection, comment)
        taken(2)

    with consuming(broker, MODERATION) as taken:
        assert [from_message(message.payload) for message in taken(3)] == published


def test_every_existing_queue_gets_the_message(
    broker: Broker, connection: Connection, created: CommentCreated
) -> None:
    """The publisher knows no queue; a new queue gets no earlier message."""
    with consuming(broker, MODERATION) as taken:
        broker.publish(connection, created)
        assert len(taken(1)) == 1
        with consuming(broker, NEW_SERVICE) as its:
            assert its(1) == []
            broker.publish(connection, created)
            assert len(its(1)) == 1
        assert len(taken(1)) == 1


def test_disconnected_broker_cannot_be_reached(
    access: Access, broker: Broker, connection: Connection, created: CommentCreated
) -> None:
    with consuming(broker, MODERATION):
        broker.publish(connection, created)
    access.disconnect()
    with pytest.raises(ConnectionError):
        broker.publish(connection, created)

    access.reconnect()

    with consuming(broker, MODERATION) as taken:
        assert len(taken(2)) == 1


def test_lost_and_doubled_comments_are_counted() -> None:
    statuses = {"a": "approved", "b": "pending", "c": "pending", "d": "rejected"}
    comments = {id: ("post", status) for id, status in statuses.items()}
    comments["e"] = ("another post", "pending")
    records = Records(0, comments, decided=[*"aabd"], applied=[*"aaadd"], known=["post"])

    found = count_comments(records, "post")

    assert (found.saved, found.decided, found.pending) == (4, 2, 2)
    assert (found.lost, found.lost_back) == (1, 1)
    assert (found.twice, found.twice_back, found.doubled) == (1, 2, 2)
    assert found.known == 1


def test_process_crashes_once_at_its_armed_crash_point(tmp_path: Path) -> None:
    places = RunPaths(tmp_path)
    places.make()
    crash_file(places, "me").touch()

    codes = [run_to_the_crash_point(tmp_path) for _ in range(2)]

    assert codes == [-signal.SIGKILL, 0]
    assert not crash_file(places, "me").exists()


def test_settled_when_complete_or_without_progress() -> None:
    never, halt = Event(), Event()
    halt.set()

    assert scene(never).settled(iter((0, 1, 2)).__next__, 2, since=0) is not None
    assert scene(never, timeout=0.05).settled(lambda: 1, 2, since=0) is None
    assert scene(never, backlog=0).settled(lambda: 1, 2, since=0) is None
    with pytest.raises(Halted):
        scene(halt).settled(lambda: 1, 2, since=0)


def test_refused_comment_is_not_counted() -> None:
    paths: list[str] = []
    failures = iter([HTTPStatus.SERVICE_UNAVAILABLE] * 2)

    def respond(path: str, body: bytes) -> tuple[int, bytes]:
        status = next(failures, HTTPStatus.CREATED)
        if status == HTTPStatus.CREATED:
            paths.append(path)
        return status, b'{"id": "x"}'

    traffic = scene(Event(), address=serving(respond))
    traffic.write(2)
    assert len(paths) == 2
    traffic.write(3)

    assert paths == ["/api/posts/a-post/comments/"] * 5
    assert len(traffic.written) == 5
    assert next(failures, None) is None


class consuming:
    """A consumer of this service's queue. It returns what it takes to the test, and at the end it
    is gone without acknowledging, as after a SIGKILL."""

    def __init__(self, broker: Broker, service: str) -> None:
        self.broker, self.service = broker, service

    def __enter__(self) -> Any:
        self.connection = self.broker.connect()
        self.messages: list[Any] = []
        self.connection.Consumer(
            [self.broker.queue_of(self.service)],
            on_message=self.messages.append,
            prefetch_count=10,
        ).consume()
        return self.taken

    def __exit__(self, *error: object) -> None:
        self.connection.close()

    def taken(self, count: int) -> list[Any]:
        """So many messages, or fewer if no more arrive."""
        self.messages.clear()
        while len(self.messages) < count:
            try:
                self.connection.drain_events(timeout=0.2)
            except TimeoutError:
                break
        return list(self.messages)


def scene(
    halt: Event, *, address: str = "", timeout: float = 30, backlog: int | None = None
) -> Scene:
    """Of a way without processes; its writer is at this address."""
    stack = SimpleNamespace(addresses={WRITER: address})
    way: Any = SimpleNamespace(stack=stack, backlog=lambda: backlog)
    return Scene(way, "a-post", replace(QUICK, timeout=timeout), halt)


def run_to_the_crash_point(var: Path) -> int:
    """The exit code of a process that reaches its crash point."""
    code = "from comparison.delivery.services import crash_point; crash_point()"
    env = {"VAR_DIR": str(var), "SUPERVISOR_PROCESS_NAME": "me"}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=BASE, env=env, timeout=SECONDS, check=False
    )
    return done.returncode


def serving(respond: Any) -> str:
    """The address of a server that runs until the tests end."""
    port = free_port(1)
    Thread(target=serve, args=(port, respond), daemon=True).start()
    end = time.monotonic() + SECONDS
    while True:
        try:
            request("GET", f"http://127.0.0.1:{port}/")
        except NoResponse:
            assert time.monotonic() < end
        else:
            return f"http://127.0.0.1:{port}"
