"""Where events are messages: each in a durable queue for every service that hears of it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self

from kombu import Connection, Exchange, Queue, binding
from kombu.exceptions import OperationalError
from kombu.pools import producers
from kombu.transport import TRANSPORT_ALIASES

from comparison.delivery.small.letters import letter
from comparison.delivery.small.service import Service
from eventstore.contracts import Contract

TRANSPORT_ALIASES["durable"] = "comparison.delivery.small.durable:Transport"
FILES = "durable://localhost//"

# Celery's own for publishing: three more tries, in well under a second.
TRIES = {"max_retries": 3, "interval_start": 0, "interval_step": 0.2, "interval_max": 0.2}
REDELIVERED = 5
"""Seconds after which Redis gives out again what was taken and not acknowledged; others notice at
once that the consumer is gone."""


@dataclass(frozen=True)
class Broker:
    """``folder`` is where files are the broker. ``prefix`` stands before all names."""

    url: str
    folder: str
    prefix: str

    @classmethod
    def of(cls, settings: Mapping[str, str]) -> Self:
        """The one that the blog's settings name, and files where they name none."""
        url = settings.get("BROKER_URL") or FILES
        return cls(url, settings.get("BROKER_FOLDER", ""), settings.get("QUEUE_PREFIX", ""))

    def connect(self) -> Connection:
        options: dict[str, dict[str, Any]] = {
            "durable": {"folder": self.folder, "polling_interval": 0.02},
            "redis": {
                "visibility_timeout": REDELIVERED,
                "unacked_key": self._unacked,
                "unacked_index_key": f"{self._unacked}_index",
                "unacked_mutex_key": f"{self._unacked}_mutex",
            },
            "amqp": {"confirm_publish": True},
        }
        kind = self.url.partition(":")[0]
        return Connection(
            self.url, connect_timeout=3, transport_options={"max_retries": 0, **options[kind]}
        )

    @property
    def _unacked(self) -> str:
        return f"{self.prefix}alone-unacked"

    @property
    def exchange(self) -> Exchange:
        return Exchange(
            f"{self.prefix}alone", type="direct", durable=True, delivery_mode="persistent"
        )

    def queue_of(self, service: type[Service]) -> Queue:
        """Bound to the events that the service hears."""
        return Queue(
            f"{self.prefix}alone-{service.name}",
            bindings=[binding(self.exchange, routing_key=e.__name__) for e in service.hears],
            durable=True,
        )

    def waiting(self, services: Iterable[type[Service]]) -> int:
        """How many messages there are for these services, or, of RabbitMQ, how many that nobody
        has taken: it gives out at once what is not acknowledged by who has gone."""
        with self.connect() as connection:
            channel: Any = connection.default_channel
            count = 0
            for name in (self.queue_of(service).name for service in services):
                there = channel.queue_declare(name, durable=True, auto_delete=False)
                count += there.message_count
            if connection.transport.driver_type == "redis":
                count += channel.client.hlen(self._unacked)
        return count

    def publish(self, connection: Connection, event: Contract) -> None:
        """To every queue that is bound to events of this type. Raises ConnectionError where it
        cannot be reached, after some tries."""
        try:
            with producers[connection].acquire(block=True) as producer:
                producer.publish(
                    letter(event),
                    exchange=self.exchange,
                    routing_key=type(event).__name__,
                    declare=[self.exchange],
                    serializer="json",
                    retry=True,
                    retry_policy=TRIES,
                )
        except OperationalError as error:
            raise ConnectionError(str(error)) from error
