"""The embedded broker delivers every message once, whole and in order, between real processes."""

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from time import monotonic, time

import psutil
import pytest
from kombu import Connection, Queue
from kombu.asynchronous import Hub
from kombu.exceptions import ChannelError, OperationalError
from kombu.simple import SimpleQueue

from config import filebroker
from config.filebroker import MAX_BROKEN_FILES, Channel


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "broker"


@pytest.fixture
def connect(folder: Path) -> Iterator[Callable[[], Connection]]:
    """Makes connections that share nothing but the folder, as two processes would."""
    opened = []

    def connect() -> Connection:
        connection = Connection(
            transport="config.filebroker:Transport",
            transport_options={"folder": str(folder), "polling_interval": 0.001},
        )
        opened.append(connection)
        return connection

    yield connect
    for connection in opened:
        connection.release()


def publish(connection: Connection, queue: str, *bodies: object) -> None:
    producer = connection.Producer()
    for body in bodies:
        producer.publish(body, exchange="", routing_key=queue, serializer="json")


def receive(queue: SimpleQueue) -> list[object]:
    """Takes all that waits."""
    payloads: list[object] = []
    while True:
        try:
            message = queue.get(block=False)
        except queue.Empty:
            return payloads
        message.ack()
        payloads.append(message.payload)


def test_a_message_waits_for_a_worker_that_never_ran(
    connect: Callable[[], Connection], folder: Path
) -> None:
    publish(connect(), "moderation", "first", "second")

    assert len(list((folder / "moderation").iterdir())) == 2
    assert receive(connect().SimpleQueue("moderation")) == ["first", "second"]
    assert list((folder / "moderation").iterdir()) == []


def test_the_oldest_comes_first_whoever_wrote_it(connect: Callable[[], Connection]) -> None:
    one, other = connect(), connect()
    for number in range(20):
        publish((one, other)[number % 2], "query", number)

    assert receive(connect().SimpleQueue("query")) == list(range(20))


def test_queues_are_apart(connect: Callable[[], Connection]) -> None:
    publish(connect(), "query", "for query")
    publish(connect(), "comments", "for comments")

    assert receive(connect().SimpleQueue("comments")) == ["for comments"]


@pytest.mark.parametrize("name", ["a/b", "..", ".hidden", "../../etc", "a b", "ä%41"])
def test_a_queue_of_any_name_stays_in_the_folder(
    connect: Callable[[], Connection], folder: Path, name: str
) -> None:
    publish(connect(), name, "here")

    assert receive(connect().SimpleQueue(name)) == ["here"]
    assert len(list(folder.iterdir())) == 1
    assert list(folder.parent.iterdir()) == [folder]


def test_a_message_that_was_not_acknowledged_comes_back(connect: Callable[[], Connection]) -> None:
    publish(connect(), "query", "unfinished")
    first = connect()
    first.SimpleQueue("query").get(block=False)
    first.release()

    assert receive(connect().SimpleQueue("query")) == ["unfinished"]


def test_a_queue_is_counted_purged_and_deleted(
    connect: Callable[[], Connection], folder: Path
) -> None:
    publish(connect(), "query", 1, 2, 3)
    channel = connect().default_channel
    assert isinstance(channel, Channel)

    assert connect().SimpleQueue("query").qsize() == 3
    assert channel.queue_purge("query") == 3
    channel.queue_delete("query")
    channel.exchange_delete("query")
    assert not (folder / "query").exists()
    with pytest.raises(ChannelError):
        channel.queue_declare(queue="query", passive=True)


def test_leftovers_of_processes_that_died_are_deleted_and_broken_files_do_not_pile_up(
    connect: Callable[[], Connection], folder: Path
) -> None:
    """Whenever a worker or a sender begins."""
    queue = folder / "query"
    publish(connect(), "query", "a message")
    for number in range(MAX_BROKEN_FILES + 3):
        (queue / f".broken-{number:09}.json").touch()
    for name in (".left", ".being-written"):
        (queue / name).touch()
    an_hour_ago = time() - 3_600
    os.utime(queue / ".left", (an_hour_ago, an_hour_ago))
    for path in queue.glob("*.json"):
        os.utime(path, (an_hour_ago, an_hour_ago))
    assert receive(connect().SimpleQueue("query")) == ["a message"]
    left = {path.name for path in queue.iterdir()}
    newest = {f".broken-{number:09}.json" for number in range(3, MAX_BROKEN_FILES + 3)}
    assert left == newest | {".being-written"}


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\x00", b"[1]", b'{"body": "x"}', b"null"])
def test_a_broken_file_is_set_aside_and_the_next_message_delivered(
    connect: Callable[[], Connection],
    folder: Path,
    caplog: pytest.LogCaptureFixture,
    content: bytes,
) -> None:
    publish(connect(), "query", "good")
    (folder / "query" / "0-broken.json").write_bytes(content)

    assert receive(connect().SimpleQueue("query")) == ["good"]
    assert [path.name for path in (folder / "query").iterdir()] == [".broken-0-broken.json"]
    assert "was set aside" in caplog.text


def test_a_message_that_is_being_written_is_not_seen(
    connect: Callable[[], Connection], folder: Path
) -> None:
    publish(connect(), "query", "whole")
    (folder / "query" / ".half").write_text('{"bod')

    queue = connect().SimpleQueue("query")
    assert queue.qsize() == 1
    assert receive(queue) == ["whole"]


def test_a_folder_that_cannot_be_written_is_an_error_of_the_broker(
    connect: Callable[[], Connection], folder: Path
) -> None:
    folder.write_text("in the way")

    with pytest.raises((ChannelError, OperationalError), match="cannot put a message"):
        publish(connect(), "query", "lost")


def test_another_consumer_may_empty_the_queue_in_between(
    connect: Callable[[], Connection],
) -> None:
    publish(connect(), "query", 1, 2, 3)
    slow, fast = connect().SimpleQueue("query"), connect().SimpleQueue("query")

    first = slow.get(block=False)  # it has seen three, and takes one
    assert receive(fast) == [2, 3]
    assert first.payload == 1
    assert receive(slow) == []


class Worker(AbstractContextManager["Worker"]):
    """The part of a worker that receives: an event loop, and a consumer of one queue."""

    def __init__(self, connection: Connection, queue: str) -> None:
        self.received: list[object] = []
        self._hub = Hub()
        connection.transport.register_with_event_loop(connection.connection, self._hub)
        consumer = connection.Consumer(queues=[Queue(queue)], no_ack=True)
        consumer.register_callback(lambda body, message: self.received.append(body))
        consumer.consume()

    def work_until(self, *received: object) -> None:
        end = monotonic() + 60
        while tuple(self.received) != received:
            assert monotonic() < end, self.received
            self._hub.run_once()

    def __exit__(self, *error: object) -> None:
        self._hub.close()


def test_a_worker_that_waits_is_told_of_a_message(
    connect: Callable[[], Connection], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filebroker, "WATCHED_SECONDS", 3_600.0)  # it does not look by itself
    sender = connect()
    publish(sender, "query", "before it began")
    with Worker(connect(), "query") as worker:
        worker.work_until("before it began")
        publish(sender, "comments", "for another")
        publish(sender, "query", "while it waits", "another")
        worker.work_until("before it began", "while it waits", "another")


def test_a_worker_finds_what_it_was_not_told_of(
    connect: Callable[[], Connection], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The folder that it watched was deleted, and made again by a sender."""
    monkeypatch.setattr(filebroker, "WATCHED_SECONDS", 0.01)
    sender = connect()
    with Worker(connect(), "query") as worker:
        publish(sender, "query", "one")
        worker.work_until("one")
        (folder / "query").rmdir()
        publish(sender, "query", "two")
        worker.work_until("one", "two")


def test_a_worker_polls_where_the_system_has_no_notices(
    connect: Callable[[], Connection], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Missing:
        def __init__(self) -> None:
            raise OSError("this system has no inotify")

    monkeypatch.setattr(filebroker, "FolderWatch", Missing)
    with Worker(connect(), "query") as worker:
        publish(connect(), "query", "one")
        worker.work_until("one")


def test_a_connection_that_was_closed_leaves_no_file_open(
    connect: Callable[[], Connection],
) -> None:
    before = psutil.Process().num_fds()
    connection = connect()
    with Worker(connection, "query") as worker:
        publish(connection, "query", "one")
        worker.work_until("one")
        connection.release()
    assert psutil.Process().num_fds() == before


WRITER = """
import sys
from kombu import Connection
from config.filebroker import Transport
folder, writer, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
with Connection(transport=Transport, transport_options={"folder": folder}) as connection:
    producer = connection.Producer()
    for number in range(count):
        # Long enough for a write that takes more than one system call.
        body = {"writer": writer, "number": number, "padding": "x" * 20_000}
        producer.publish(body, routing_key="nudges", exchange="", serializer="json")
"""

READER = """
import sys
from kombu import Connection
from config.filebroker import Transport
folder, last = sys.argv[1], "the end"
options = {"folder": folder, "polling_interval": 0.005}
with Connection(transport=Transport, transport_options=options) as connection:
    queue = connection.SimpleQueue("nudges")
    while True:
        message = queue.get(timeout=60)
        message.ack()
        if message.payload == last:
            break
        print(message.payload["writer"], message.payload["number"])
"""


def test_several_processes_deliver_every_message_once(tmp_path: Path) -> None:
    folder = tmp_path / "broker"
    writers, readers, each = 3, 2, 100
    reading = [
        subprocess.Popen(
            [sys.executable, "-c", READER, str(folder)], stdout=subprocess.PIPE, text=True
        )
        for _ in range(readers)
    ]
    writing = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(folder), str(writer), str(each)])
        for writer in range(writers)
    ]
    try:
        assert [process.wait(timeout=60) for process in writing] == [0] * writers
        with Connection(
            transport="config.filebroker:Transport", transport_options={"folder": str(folder)}
        ) as connection:
            for _ in reading:
                connection.Producer().publish("the end", exchange="", routing_key="nudges")
        lines = [process.communicate(timeout=60)[0].splitlines() for process in reading]
        assert [process.returncode for process in reading] == [0] * readers
    finally:
        for process in reading + writing:
            process.kill()
            process.wait()

    seen = [tuple(map(int, line.split())) for part in lines for line in part]
    assert Counter(seen) == {(w, n): 1 for w in range(writers) for n in range(each)}
    assert list((folder / "nudges").iterdir()) == []
