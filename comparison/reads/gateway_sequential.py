"""A gateway calls posts, then comments for each post, one call after another."""

from comparison.reads.assembling import one_by_one
from comparison.reads.gateway import Gateway, takes_one_by_one
from comparison.reads.listing import plainly, whole
from comparison.reads.way import Addresses, Posts, Way
from lab.network import Calls


class Sequential(Gateway):
    def with_comments(self, calls: Calls, comments_url: str, posts: Posts) -> Posts:
        return one_by_one(calls, comments_url, posts, 1)


def read(calls: Calls, at: Addresses, posts: int) -> Posts:
    return whole(plainly(calls), f"{at['gateway']}/lab/gateway/sequential/", posts)


way = Way(
    name="gateway-sequential",
    title="Gateway, a call per post, one after another",
    claims=("sync-couples", "slowest-call"),
    takes=takes_one_by_one,
    read=read,
)
