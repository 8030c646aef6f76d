"""The durable broker of files, which a way of delivery uses: what it keeps, and for whom."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from kombu import Connection

from comparison.delivery.plugs import FilesPlug
from comparison.delivery.small.broker import Broker
from comparison.delivery.small.comments import Comments
from comparison.delivery.small.letters import read
from comparison.delivery.small.moderation import Moderation
from comparison.delivery.small.newcomer import Newcomer
from eventstore.contracts import CommentCreated
from tests.comparison.small import comments as comments
from tests.comparison.small import created as created


@pytest.fixture
def plug(tmp_path: Path) -> FilesPlug:
    return FilesPlug(tmp_path / "broker")


@pytest.fixture
def connection(plug: FilesPlug) -> Iterator[Connection]:
    with Broker.of(plug.settings).connect() as connection:
        yield connection


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
