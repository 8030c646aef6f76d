"""The read model that query makes of events: the blog's own way. Its cache is left out here."""

from comparison.reads.listing import whole
from comparison.reads.way import Addresses, Posts, Takes, Way, requests_for
from lab.network import Calls

AFRESH = {"Cache-Control": "no-cache"}


def read(calls: Calls, at: Addresses, posts: int) -> Posts:
    return whole(lambda url: calls.get(url, AFRESH).data, f"{at['query']}/api/query/posts/", posts)


way = Way(
    name="read-model",
    title="Event-fed read model",
    claims=("fast-without-dependencies", "duplication"),
    takes=lambda posts: Takes(requests_for(posts), 2 * requests_for(posts)),
    read=read,
)
