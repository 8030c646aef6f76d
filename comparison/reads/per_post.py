"""The browser asks posts for the posts, then comments once for each post, one after another: the
first version of the article's blog."""

from comparison.reads.assembling import one_by_one
from comparison.reads.listing import pages, plainly
from comparison.reads.way import Addresses, Posts, Takes, Way, requests_for
from lab.network import Calls

COMMENTS_QUERIES = 2  # is the post known; its comments


def takes(posts: int) -> Takes:
    lists = requests_for(posts)
    return Takes(lists + posts, lists + posts * COMMENTS_QUERIES)


def read(calls: Calls, at: Addresses, posts: int) -> Posts:
    return read_at_a_time(calls, at, posts, 1)


def read_at_a_time(calls: Calls, at: Addresses, posts: int, at_a_time: int) -> Posts:
    shown = []
    for page in pages(plainly(calls), f"{at['posts']}/api/posts/", posts):
        shown += one_by_one(calls, at["comments"], page, at_a_time)
    return shown


way = Way(
    name="per-post",
    title="One request per post, one after another",
    claims=("one-request-per-post", "per-post-measured-elsewhere"),
    takes=takes,
    read=read,
)
