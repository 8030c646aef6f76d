"""From a service's outbox to the event store.

The relay reads the outbox under the lock on Head: while one waits for the lock its neighbours
write, and the next to get it carries them all (group commit). If it dies between the store's
commit and the deletion here, the next relay says the same ids again and append knows them.
"""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import Error

from eventstore import correlation, store
from eventstore.outages import database_of, in_one_line

if TYPE_CHECKING:
    from eventstore.messaging import Outbox

log = logging.getLogger(__name__)

BATCH = 500
PATIENCE = 1.0
"""Seconds for which a request carries what others left; the sweep carries the rest."""


def relay(outbox: type["Outbox"], seconds: float = float("inf")) -> int:
    """Carry all that waits in ``outbox`` to the store, or what can be carried in ``seconds``;
    returns how many rows were carried.
    Raises the database's error if either database fails; then nothing is lost."""
    until = time.monotonic() + seconds
    carried = 0
    while True:
        sequences: list[int] = []

        positions = store.append(partial(_read, outbox, sequences))
        if sequences:
            outbox._default_manager.filter(sequence__in=sequences).delete()
        _tell(positions)
        carried += len(sequences)
        if len(sequences) < BATCH or time.monotonic() > until:
            return carried


def relay_quietly(outbox: type["Outbox"], seconds: float = float("inf")) -> None:
    """Relay; a database that does not answer is left to the next relay or the sweep."""
    with _quietly(outbox):
        relay(outbox, seconds)


def relay_left(outbox: type["Outbox"], seconds: float) -> None:
    """Relay quietly what others left there. Where that is nothing, the store is left alone."""
    with _quietly(outbox):
        if outbox._default_manager.exists():
            relay(outbox, seconds)


@contextmanager
def _quietly(outbox: type["Outbox"]) -> Iterator[None]:
    try:
        yield
    except Error as error:
        log.warning("%s waits: %s: %s", outbox._meta.label, database_of(error), in_one_line(error))


def _read(outbox: type["Outbox"], sequences: list[int]) -> list[store.NewEvent]:
    """The oldest rows as events; their sequence numbers go to ``sequences``."""
    oldest = outbox._default_manager.order_by("sequence")
    rows = oldest.values_list("sequence", *store.NewEvent._fields)
    events = []
    for sequence, *fields in rows[:BATCH]:
        sequences.append(sequence)
        events.append(store.NewEvent(*fields))
    return events


def _tell(positions: dict[UUID, int]) -> None:
    """Tell the scope at hand where its events stand. A neighbour may have carried them."""
    scope = correlation.find()
    if scope is None or not scope.published:
        return
    scope.learn(positions)
    last = scope.published[-1]
    if last not in positions and (position := store.position_of(last)):
        scope.learn({last: position})
