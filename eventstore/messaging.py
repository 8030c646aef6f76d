"""The front door for a service's ``models.py``: the tables that it needs, to be subclassed there.

``Outbox`` for a service that publishes; ``Checkpoint``, ``ParkedEvent`` and ``Waypoint`` for one
that subscribes, ``Continuation`` if it does something in chunks, and ``Tally`` if it counts its
rows. Which of them a service has shows its role.
"""

from eventstore.consumer import Checkpoint
from eventstore.continuations import Continuation
from eventstore.outbox import NotInTransaction, Outbox, outboxes
from eventstore.parking import ParkedEvent
from eventstore.tallies import Tally, Tallying
from eventstore.waypoints import Waypoint

__all__ = [
    "Checkpoint",
    "Continuation",
    "NotInTransaction",
    "Outbox",
    "ParkedEvent",
    "Tally",
    "Tallying",
    "Waypoint",
    "outboxes",
]
