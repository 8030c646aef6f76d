"""How tests drive the system: act, let it settle, check."""

from eventstore.consumer import consumers
from eventstore.messaging import outboxes
from eventstore.outbox import relay


def settle() -> None:
    """Relay every outbox and let every consumer catch up, until nothing moves."""
    while sum(map(relay, outboxes())) + sum(c.catch_up().handled for c in consumers().values()):
        pass
