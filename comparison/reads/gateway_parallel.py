"""A gateway calls posts, then comments for each post, eight calls at a time."""

from comparison.reads.assembling import one_by_one
from comparison.reads.gateway import Gateway, takes_one_by_one
from comparison.reads.listing import plainly, whole
from comparison.reads.way import Addresses, Posts, Way
from lab.network import Calls

AT_A_TIME = 8  # what a web process of the blog answers at once


class Parallel(Gateway):
    def with_comments(self, calls: Calls, comments_url: str, posts: Posts) -> Posts:
        return one_by_one(calls, comments_url, posts, AT_A_TIME)


def read(calls: Calls, at: Addresses, posts: int) -> Posts:
    return whole(plainly(calls), f"{at['gateway']}/lab/gateway/parallel/", posts)


way = Way(
    name="gateway-parallel",
    title="Gateway, a call per post, eight at a time",
    claims=("sync-couples", "slowest-call", "tail-at-scale"),
    takes=takes_one_by_one,
    read=read,
)
