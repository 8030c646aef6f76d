"""The newcomer's worker starts, with an empty database: its checkpoint is at 0, so it reads all
that is stored. That it is new, nobody has to know, itself included."""

import math

from comparison.history.log import NEEDED, size
from comparison.history.way import Blog, Others, Way
from comparison.reads.way import Takes
from query.handlers import consumer

BATCH = 500  # events in one transaction: CONSUMER_BATCH, as it is where nobody sets it


def copy(others: Others) -> int:
    return consumer.catch_up().handled


def takes(blog: Blog) -> Takes:
    """Is there more; and for each batch: the head, the events, is there more."""
    return Takes(0, 1 + 3 * math.ceil(blog.heard / BATCH))


way = Way(
    name="events-caught-up",
    title="Stored events, caught up",
    claims=("past-from-stored-events",),
    steps=(copy,),
    takes=takes,
    size=size,
    code=NEEDED,
    remembers=True,
)
