"""A gateway calls posts, then comments once for all posts of the page."""

from comparison.reads.assembling import in_one_batch
from comparison.reads.gateway import Gateway
from comparison.reads.listing import plainly, whole
from comparison.reads.way import Addresses, Posts, Takes, Way, requests_for
from lab.network import Calls


class Batched(Gateway):
    def with_comments(self, calls: Calls, comments_url: str, posts: Posts) -> Posts:
        return in_one_batch(calls, comments_url, posts)


def read(calls: Calls, at: Addresses, posts: int) -> Posts:
    return whole(plainly(calls), f"{at['gateway']}/lab/gateway/batched/", posts)


way = Way(
    name="gateway-batched",
    title="Gateway, one call for all comments",
    claims=("sync-couples", "slowest-call"),
    takes=lambda posts: Takes(3 * requests_for(posts), 2 * requests_for(posts)),
    read=read,
)
