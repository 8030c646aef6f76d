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

from comparison.delivery.crash import crash_point
from comparison.delivery.services import (
    COMMENTS,
    MODERATION,
    SERVICES,
    Service,
    comments_api,
    from_message,
    serve,
    to_message,
)
from config.processes.readiness import announce
from eventstore.contracts import Contract

log = logging.getLogger(__name__)

TRANSPORT_ALIASES["durable"] = "comparison.delivery.durable:Transport"

# Celery's own retries for publishing: three, in well under a second.
PUBLISH_RETRIES = {"max_retries": 3, "interval_start": 0, "interval_step": 0.2, "interval_max": 0.2}
REDELIVERY_SECONDS = 5
"""After this time Redis redelivers a message that was not acknowledged; other brokers notice at
once that the consumer is gone."""


class Broker:
    """The broker of the blog's settings; a broker of files if they name none. Every name in it
    begins with ``prefix``."""

    def __init__(self, settings: Mapping[str, str]) -> None:
        self.url = settings.get("BROKER_URL") or "durable://localhost//"
        self.folder = settings.get("BROKER_FOLDER", "")
        self.prefix = settings.get("QUEUE_PREFIX", "")
        self.exchange = Exchange(
            f"{self.prefix}alone", type="direct", durable=True, delivery_mode="persistent"
        )

    def connect(self) -> Connection:
        options: dict[str, dict[str, Any]] = {
            "durable": {"folder": self.folder, "polling_interval": 0.02},
            "redis": {"visibility_timeout": REDELIVERY_SECONDS, "global_keyprefix": self.prefix},
            "amqp": {"confirm_publish": True},
        }
        transport_options = {"max_retries": 0, **options[self.url.partition(":")[0]]}
        return Connection(self.url, connect_timeout=3, transport_options=transport_options)

    def queue_of(self, service: Service) -> Queue:
        """Bound to the event that the service subscribes to."""
        bound = binding(self.exchange, routing_key=service.subscribes_to.__name__)
        return Queue(f"{self.prefix}alone-{service.name}", bindings=[bound], durable=True)

    def backlog(self) -> int:
        """How many messages comments and moderation have not handled. For RabbitMQ, how many are
        not delivered: it redelivers the messages of a consumer that is gone at once."""
        with self.connect() as connection:
            channel: Any = connection.default_channel
            is_redis = connection.transport.driver_type == "redis"
            count: int = channel.client.hlen("unacked") if is_redis else 0
            for service in (COMMENTS, MODERATION):
                name = self.queue_of(SERVICES[service]).name
                queue = channel.queue_declare(name, durable=True, auto_delete=False)
                count += queue.message_count
        return count

    def publish(self, connection: Connection, event: Contract) -> None:
        """To every queue that is bound to this type of event. Raises ConnectionError if the broker
        cannot be reached, after some retries."""
        try:
            with producers[connection].acquire(block=True) as producer:
                producer.publish(
                    to_message(event),
                    exchange=self.exchange,
                    routing_key=type(event).__name__,
                    declare=[self.exchange],
                    serializer="json",
                    retry=True,
                    retry_policy=PUBLISH_RETRIES,
                )
        except OperationalError as error:
            raise ConnectionError(str(error)) from error


class QueueConsumer(ConsumerMixin):
    """Handles the messages of the service's queue one by one. It acknowledges a message when its
    effect is committed and what follows is published; otherwise the message is redelivered, as
    soon as it has connected again."""

    def __init__(self, service: Service, folder: Path, broker: Broker) -> None:
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
        if result := self.service.handle(self.folder, from_message(body)):
            self.broker.publish(self.publishing, result)
        crash_point()
        message.ack()

    def stop(self, *_: Any) -> None:
        self.should_stop = True


def main(name: str, folder: str, port: str = "") -> None:
    broker = Broker(os.environ)
    if not port:
        QueueConsumer(SERVICES[name], Path(folder), broker).run()
        return
    connection = broker.connect()

    def publish(event: Contract) -> None:
        try:
            broker.publish(connection, event)
        except ConnectionError as error:
            log.warning("the event of comment %s is lost: %s", event.subject, error)

    serve(int(port), comments_api(Path(folder), publish))


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING)
    main(*sys.argv[1:])
