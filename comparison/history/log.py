"""What both ways through the stored events have in common."""

from comparison.history.pieces import Piece
from comparison.history.way import Others
from eventstore import store
from query.handlers import consumer

NEEDED = tuple(
    Piece("store", f"eventstore/{name}.py")
    for name in ("models", "store", "relay", "consumer", "catchup", "rows", "parking", "setaside")
)
"""The log and what reads it. Nothing of it knows of the newcomer."""


def size(others: Others) -> int:
    """Bytes of the events that were read: their data alone."""
    pages = store.scan(0, store.head_position(), consumer.handlers)
    return sum(len(event.data.encode()) for events in pages for event in events)
