"""The read model with its cache: the bytes of an answer are kept until the next event is in."""

from comparison.reads.listing import plainly, whole
from comparison.reads.way import Addresses, Posts, Takes, Way, requests_for
from lab.network import Calls


def read(calls: Calls, at: Addresses, posts: int) -> Posts:
    return whole(plainly(calls), f"{at['query']}/api/query/posts/", posts)


way = Way(
    name="read-model-cached",
    title="Event-fed read model, its answers cached",
    claims=("fast-without-dependencies", "duplication"),
    takes=lambda posts: Takes(requests_for(posts), requests_for(posts)),  # its version
    read=read,
)
