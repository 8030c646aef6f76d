"""How far a consumer is behind the log."""

from typing import NamedTuple, Self

from eventstore import store
from eventstore.consumer import Consumer


class Lag(NamedTuple):
    """``events`` that the consumer listens to wait behind ``position``, the oldest of them since
    ``seconds``."""

    position: int
    events: int
    seconds: float

    @classmethod
    def of(cls, consumer: Consumer) -> Self:
        position = consumer.position()
        events, since = store.waiting(position, consumer.handlers)
        return cls(position, events, (store.now() - since).total_seconds() if since else 0.0)
