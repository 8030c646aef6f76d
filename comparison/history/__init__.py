"""How a service that comes online a year later gets the past: one file for each way, and here the
list of them."""

from comparison.history import (
    direct,
    events_caught_up,
    events_replayed,
    requests_batched,
    requests_per_post,
)

WAYS = (
    requests_per_post.way,
    requests_batched.way,
    direct.way,
    events_caught_up.way,
    events_replayed.way,
)
