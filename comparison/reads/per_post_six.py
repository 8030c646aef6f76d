"""The same, six requests at a time: as many as a browser sends to one host over HTTP/1.1."""

from comparison.reads.per_post import read_at_a_time, takes
from comparison.reads.way import Addresses, Posts, Way
from lab.network import Calls

BROWSERS_CONNECTIONS = 6


def read(calls: Calls, at: Addresses, posts: int) -> Posts:
    return read_at_a_time(calls, at, posts, BROWSERS_CONNECTIONS)


way = Way(
    name="per-post-six",
    title="One request per post, six at a time",
    claims=("one-request-per-post", "per-post-measured-elsewhere", "tail-at-scale"),
    takes=takes,
    read=read,
)
