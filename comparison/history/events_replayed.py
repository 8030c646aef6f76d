"""``manage.py replay_events`` in the newcomer: all events into a fresh read model beside the live
one, which here is empty, then the switch."""

import math

from comparison.history.log import NEEDED, size
from comparison.history.pieces import Piece
from comparison.history.way import Blog, Others, Way
from comparison.reads.way import Takes
from eventstore.rebuild import Rebuild
from query.handlers import consumer

CHUNK = 5_000  # events at a time: the command's --batch-size, as it is where nobody sets it


def copy(others: Others) -> int:
    return Rebuild(consumer, CHUNK, lambda events, position: None).switch().events


def takes(blog: Blog) -> Takes:
    """The head, before and after; and the events."""
    return Takes(0, 2 + math.ceil(blog.heard / CHUNK))


way = Way(
    name="events-replayed",
    title="Stored events, replayed",
    claims=("past-from-stored-events",),
    steps=(copy,),
    takes=takes,
    size=size,
    code=(
        *NEEDED,
        Piece("store", "eventstore/rebuild.py"),
        Piece("store", "eventstore/staging.py"),
        Piece("store", "eventstore/management/commands/replay_events.py"),
    ),
    remembers=True,
)
