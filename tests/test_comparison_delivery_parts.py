"""What the ways of delivery are made of: the durable broker of files, plugs, counting, waiting."""

import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path
from threading import Event, Thread
from typing import Any
from uuid import uuid4

import pytest
from kombu import Connection

from comparison.delivery.counts import count
from comparison.delivery.mortal import trap
from comparison.delivery.plugs import FilesPlug
from comparison.delivery.settling import settle
from comparison.delivery.small import http
from comparison.delivery.small.broker import Broker
from comparison.delivery.small.comments import Comments
from comparison.delivery.small.letters import letter, read
from comparison.delivery.small.moderation import RULES, Moderation
from comparison.delivery.small.newcomer import Newcomer
from comparison.delivery.small.service import opened
from comparison.delivery.traffic import Halted, Traffic
from comparison.lab.programs import free_port
from config.processes.places import BASE, Places
from eventstore.contracts import CommentCreated, CommentModerated
from moderation.models import Rule
from tests.running import SECONDS


@pytest.fixture
def plug(tmp_path: Path) -> FilesPlug:
    return FilesPlug(tmp_path / "broker")


@pytest.fixture
def connection(plug: FilesPlug) -> Iterator[Connection]:
    with Broker.of(plug.settings).connect() as connection:
        yield connection


@pytest.fixture
def comments(tmp_path: Path) -> Comments:
    return Comments(tmp_path)


@pytest.fixture
def created(comments: Comments) -> CommentCreated:
    return comments.create(uuid4(), "Ann", "A kind word")


def test_a_message_stays_until_it_is_acknowledged(
    plug: FilesPlug, connection: Connection, created: CommentCreated
) -> None:
    """As with a broker that is a server: who was killed amid its work is given it again."""
    broker = Broker.of(plug.settings)
    with consuming(broker, Moderation) as taken:
        broker.publish(connection, created)
        [first] = taken(1)
        assert broker.waiting([Moderation]) == 1

    with consuming(broker, Moderation) as taken:
        [again] = taken(1)
        assert read(again.payload) == read(first.payload) == created
        again.ack()
        assert broker.waiting([Moderation]) == 0

    with consuming(broker, Moderation) as taken:
        assert taken(1) == []


def test_messages_come_again_in_their_order(
    plug: FilesPlug, connection: Connection, comments: Comments
) -> None:
    broker = Broker.of(plug.settings)
    said = [comments.create(uuid4(), "Ann", f"{number}") for number in range(3)]
    with consuming(broker, Moderation) as taken:
        for comment in said:
            broker.publish(connection, comment)
        taken(2)

    with consuming(broker, Moderation) as taken:
        assert [read(message.payload) for message in taken(3)] == said


def test_every_queue_that_is_there_gets_its_own(
    plug: FilesPlug, connection: Connection, created: CommentCreated
) -> None:
    """The publisher knows no queue, and nobody gets what was said before it came."""
    broker = Broker.of(plug.settings)
    with consuming(broker, Moderation) as taken:
        broker.publish(connection, created)
        assert len(taken(1)) == 1
        with consuming(broker, Newcomer) as its:
            assert its(1) == []
            broker.publish(connection, created)
            assert len(its(1)) == 1
        assert len(taken(1)) == 1


def test_nobody_reaches_a_broker_whose_plug_is_pulled(
    plug: FilesPlug, connection: Connection, created: CommentCreated
) -> None:
    broker = Broker.of(plug.settings)
    with consuming(broker, Moderation):
        broker.publish(connection, created)
    plug.pull()
    with pytest.raises(ConnectionError):
        broker.publish(connection, created)

    plug.put_in()

    with consuming(broker, Moderation) as taken:
        assert len(taken(2)) == 1


def test_the_small_services_do_what_the_blog_does(tmp_path: Path, comments: Comments) -> None:
    moderation = Moderation(tmp_path)
    kind = comments.create(uuid4(), "Ann", "A kind word")
    fruit = comments.create(uuid4(), "Ann", "I like Oranges")

    decisions = [moderation.handle(comment) for comment in (kind, fruit)]

    assert [decision and decision.status for decision in decisions] == ["approved", "rejected"]
    for decision in decisions:
        assert isinstance(decision, CommentModerated)
        comments.handle(decision)
    with opened(comments.database) as database:
        statuses = dict(database.execute("SELECT id, status FROM comment").fetchall())
    assert statuses == {str(kind.comment_id): "approved", str(fruit.comment_id): "rejected"}


@pytest.mark.django_db(databases="__all__")
def test_the_small_moderation_has_the_rules_of_the_blog() -> None:
    rules = Rule.objects.filter(enabled=True).values_list("term", "match", "action")
    assert list(rules) == [tuple(rule) for rule in RULES]


def test_an_event_is_the_same_after_its_way(created: CommentCreated) -> None:
    assert read(letter(created)) == created


def test_what_became_of_comments_is_counted() -> None:
    statuses = {"a": "approved", "b": "pending", "c": "pending", "d": "rejected"}

    found = count(statuses, Counter(a=2, b=1, d=1), Counter(a=3, d=1), known=1)

    assert (found.saved, found.decided, found.pending) == (4, 2, 2)
    assert (found.lost, found.lost_back) == (1, 1)
    assert (found.twice, found.twice_back) == (1, 1)
    assert found.known == 1


def test_a_process_dies_where_its_trap_is_and_once(tmp_path: Path) -> None:
    places = Places(tmp_path)
    places.make()
    trap(places, "me").touch()

    codes = [passing_the_place(tmp_path) for _ in range(2)]

    assert codes == [-signal.SIGKILL, 0]
    assert not trap(places, "me").exists()


def test_it_is_settled_when_all_is_there_or_nothing_moves() -> None:
    never, halt = Event(), Event()
    halt.set()

    assert settle(iter((0, 1, 2)).__next__, 2, lambda: None, 30, never) is not None
    assert settle(lambda: 1, 2, lambda: None, 0.05, never) is None
    assert settle(lambda: 1, 2, lambda: True, 30, never) is None
    with pytest.raises(Halted):
        settle(lambda: 1, 2, lambda: None, 30, halt)


def test_a_comment_that_is_refused_is_not_counted() -> None:
    taken: list[str] = []
    answers = iter([HTTPStatus.SERVICE_UNAVAILABLE] * 2)

    def answer(path: str, body: bytes) -> http.Answer:
        status = next(answers, HTTPStatus.CREATED)
        if status == HTTPStatus.CREATED:
            taken.append(path)
        return status, b'{"id": "x"}'

    address = serving(answer)
    with Traffic(f"{address}/comments/", 5, 1_000, Event(), allowed=2) as traffic:
        traffic.wait_for(2)
        assert len(taken) == 2

    assert taken == ["/comments/"] * 5
    assert len(traffic.written) == 5
    assert traffic.refused == 2


class consuming:
    """A consumer of this service's queue, which gives what it takes to the test, and is gone at
    the end without a word, as after a SIGKILL."""

    def __init__(self, broker: Broker, service: Any) -> None:
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
        """So many messages, or fewer, where no more come."""
        self.messages.clear()
        while len(self.messages) < count:
            try:
                self.connection.drain_events(timeout=0.2)
            except TimeoutError:
                break
        return list(self.messages)


def passing_the_place(var: Path) -> int:
    """The exit code of a process that comes to the mortal place."""
    code = "from comparison.delivery.mortal import mortal_place; mortal_place()"
    env = {"VAR_DIR": str(var), "SUPERVISOR_PROCESS_NAME": "me"}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=BASE, env=env, timeout=SECONDS, check=False
    )
    return done.returncode


def serving(answer: Any) -> str:
    """A server for the rest of the tests; its address."""
    port = free_port(1)
    Thread(target=http.serve, args=(port, answer), daemon=True).start()
    end = time.monotonic() + SECONDS
    while True:
        try:
            http.get(f"http://127.0.0.1:{port}/")
        except http.Unanswered:
            assert time.monotonic() < end
        else:
            return f"http://127.0.0.1:{port}"
