"""A broker without an event store: each event is a message, in a durable queue per subscriber.

``python -m comparison.delivery.broker SERVICE FOLDER [PORT]`` runs a small service: with a port its
web process, where comments are written; without one its consumer. Both publish after their commit:
two writes, in two places.
"""

import logging
import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kombu import Connection, Exchange, Queue, binding
from kombu.exceptions import OperationalError
from kombu.mixins import ConsumerMixin
from kombu.pools import producers
from kombu.transport import TRANSPORT_ALIASES
from kombu.utils.json import loads

from comparison.delivery import services
from comparison.delivery.services import COMMENTS, MODERATION, SUBSCRIPTIONS
from config import filebroker
from config.processes.paths import announce
from eventstore.contracts import Contract

log = logging.getLogger(__name__)

# Celery's own retries for publishing: three, in well under a second.
PUBLISH_RETRIES = {"max_retries": 3, "interval_start": 0, "interval_step": 0.2, "interval_max": 0.2}
REDELIVERY_SECONDS = 5
"""After this time Redis redelivers a message that was not acknowledged; other brokers notice at
once that the consumer is gone."""


class Broker:
    """The broker of the blog's settings; a broker of files if they name none. ``kind``:
    ``filesystem``, ``redis`` or ``amqp``. Every name in it begins with ``prefix``."""

    def __init__(self, settings: Mapping[str, str]) -> None:
        url = settings.get("BROKER_URL", "")
        self.kind, self.url = url.partition(":")[0] or "filesystem", url or "durable://localhost//"
        self.prefix = settings.get("QUEUE_PREFIX", "")
        # Durable, with persistent messages, as is kombu's default.
        self.exchange = Exchange(f"{self.prefix}alone")
        options: dict[str, dict[str, Any]] = {
            "filesystem": {"folder": settings.get("BROKER_FOLDER", ""), "polling_interval": 0.02},
            "redis": {"visibility_timeout": REDELIVERY_SECONDS, "global_keyprefix": self.prefix},
            "amqp": {"confirm_publish": True},
        }
        self._options = {"max_retries": 0, **options[self.kind]}

    def connect(self) -> Connection:
        return Connection(self.url, connect_timeout=3, transport_options=self._options)

    def queue_of(self, service: str) -> Queue:
        """Bound to the event that the service subscribes to."""
        bound = binding(self.exchange, routing_key=SUBSCRIPTIONS[service].__name__)
        return Queue(f"{self.prefix}alone-{service}", bindings=[bound])

    def backlog(self) -> int:
        """How many messages comments and moderation have not handled. For RabbitMQ, how many are
        not delivered: it redelivers the messages of a consumer that is gone at once."""
        with self.connect() as connection:
            channel: Any = connection.default_channel
            count: int = channel.client.hlen("unacked") if self.kind == "redis" else 0
            for queue in map(self.queue_of, (COMMENTS, MODERATION)):
                declared = channel.queue_declare(queue.name, durable=True, auto_delete=False)
                count += declared.message_count
        return count

    def publish(self, connection: Connection, event: Contract) -> None:
        """To every queue that is bound to this type of event. Raises ConnectionError if the broker
        cannot be reached, after some retries."""
        try:
            with producers[connection].acquire(block=True) as producer:
                place = {"exchange": self.exchange, "routing_key": type(event).__name__}
                retries = {"retry": True, "retry_policy": PUBLISH_RETRIES}
                message = services.to_message(event)
                producer.publish(message, declare=[self.exchange], **place, **retries)
        except OperationalError as error:
            raise ConnectionError(str(error)) from error


class QueueConsumer(ConsumerMixin):
    """Handles the messages of the service's queue one by one. It acknowledges a message when its
    effect is committed and what follows is published; otherwise the message is redelivered, as
    soon as it has connected again."""

    def __init__(self, service: str, folder: Path, broker: Broker) -> None:
        self.service, self.folder, self.broker = service, folder, broker
        # A second connection to publish: on the first, a publisher confirmation would arrive among
        # the next messages.
        self.connection, self.publishing = broker.connect(), broker.connect()
        signal.signal(signal.SIGTERM, self.stop)

    def get_consumers(self, consumer: Any, channel: Any) -> list[Any]:
        queue = self.broker.queue_of(self.service)
        return [consumer([queue], callbacks=[self.handle], prefetch_count=10)]

    def on_consume_ready(self, *args: Any, **kwargs: Any) -> None:
        announce()

    def handle(self, body: dict[str, str], message: Any) -> None:
        event = services.from_message(body)
        if result := services.handle(self.service, self.folder, event):
            self.broker.publish(self.publishing, result)
        services.crash_point()
        message.ack()

    def stop(self, *_: Any) -> None:
        self.should_stop = True


class DurableQueue(filebroker.FileQueue):
    """A message stays in its place until it is acknowledged: the next process that consumes gets it
    again. For one consuming process at a time."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._taken: set[str] = set()

    def take(self) -> filebroker.Message | None:
        if not (name := min(set(self._names()) - self._taken, default="")):
            return None
        message: filebroker.Message = loads((self.folder / name).read_bytes().decode())
        message["properties"]["delivery_tag"] = str(self.folder / name)
        self._taken.add(name)
        return message


class DurableChannel(filebroker.Channel):
    """The bindings of the queues are files, too: a publisher need not know the queues."""

    do_restore = False  # nothing was taken away
    queue_class = DurableQueue

    def basic_ack(self, delivery_tag: str, multiple: bool = False) -> None:
        Path(delivery_tag).unlink()
        super().basic_ack(delivery_tag, multiple)

    def queue_bind(
        self, queue: str, exchange: str | None = "", routing_key: str = "", *_: Any, **__: Any
    ) -> None:
        (self._bindings(exchange or "") / f"{routing_key}@{queue}").touch()

    def get_table(self, exchange: str) -> list[tuple[str, str, str]]:
        names = (path.name.partition("@") for path in self._bindings(exchange).iterdir())
        return [(key, "", queue) for key, _, queue in names]

    def _bindings(self, exchange: str) -> Path:
        folder = self._folder / ".bindings" / exchange
        folder.mkdir(parents=True, exist_ok=True)
        return folder


class DurableTransport(filebroker.Transport):
    """The blog's broker of files with what a durable broker has, and nudges can do without."""

    Channel = DurableChannel
    # A file that cannot be read or written is like a server that is down.
    connection_errors = (*filebroker.Transport.connection_errors, OSError)


TRANSPORT_ALIASES["durable"] = "comparison.delivery.broker:DurableTransport"


def main(name: str, folder: str, port: str = "") -> None:
    broker = Broker(os.environ)
    if not port:
        QueueConsumer(name, Path(folder), broker).run()
        return
    connection = broker.connect()

    def publish(event: Contract) -> None:
        try:
            broker.publish(connection, event)
        except ConnectionError as error:
            log.warning("the event of comment %s is lost: %s", event.subject, error)

    services.serve(int(port), services.comments_api(Path(folder), publish))


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING)
    main(*sys.argv[1:])
