"""The front door for a service's ``models.py``: the tables that it needs, to be subclassed there.

``Outbox`` for a service that publishes, ``Checkpoint`` and ``ParkedEvent`` for one that
subscribes. Which of them a service has shows its role.
"""

from eventstore.consumer import Checkpoint
from eventstore.outbox import NotInTransaction, Outbox, outboxes
from eventstore.parking import ParkedEvent

__all__ = ["Checkpoint", "NotInTransaction", "Outbox", "ParkedEvent", "outboxes"]
