"""The same page, whichever way it is built; and what each way takes."""

from typing import Any

import pytest

from comparison.lab import SEED
from comparison.reads.ways import WAYS, Client, Takes, Way, canonical
from lab.data import MAX_COMMENTS, PostData, blog
from lab.stack import Stack
from tests.comparison.conftest import POSTS

BY_NAME = {way.name: way for way in WAYS}
every_way = pytest.mark.parametrize("way", WAYS, ids=BY_NAME)

OF_SEVEN_POSTS = {
    "monolith-join": Takes(requests=1, queries=1),
    "monolith-loop": Takes(requests=1, queries=1 + 7),
    "per-post": Takes(requests=1 + 7, queries=1 + 7 * 2),
    "per-post-six": Takes(requests=1 + 7, queries=1 + 7 * 2),
    "gateway-sequential": Takes(requests=1 + 1 + 7, queries=1 + 7 * 2),
    "gateway-parallel": Takes(requests=1 + 1 + 7, queries=1 + 7 * 2),
    "gateway-batched": Takes(requests=1 + 1 + 1, queries=1 + 1),
    "direct": Takes(requests=1, queries=2),
    "read-model": Takes(requests=1, queries=2),
    "read-model-cached": Takes(requests=1, queries=1),
    "read-model-unchanged": Takes(requests=1, queries=1),
}


@every_way
@pytest.mark.parametrize("posts", [1, 7, 100, POSTS])
def test_every_way_builds_the_page_that_the_public_may_see(
    reader: Client, way: Way, posts: int
) -> None:
    page = reader.read(way, posts)

    assert page.error == ""
    assert page.body == expected(blog(POSTS, SEED), posts)


def test_every_way_builds_it_from_other_data_too(reader: Client, lab_stack: Stack) -> None:
    try:
        for seed in (1, 2, 3):
            data = blog(25, seed)
            lab_stack.box.run("comparison.lab", 25, seed)
            pages = {way.name: reader.read(way, 25).body for way in WAYS}

            statuses = {comment.status for post in data for comment in post.comments}
            assert statuses == {"approved", "pending", "rejected"}
            assert pages == dict.fromkeys(BY_NAME, expected(data, 25))
    finally:
        lab_stack.box.run("comparison.lab", POSTS, SEED)


@every_way
def test_there_may_be_fewer_posts_than_are_wanted(
    reader: Client, lab_stack: Stack, way: Way
) -> None:
    assert reader.read(way, 2 * POSTS).body == expected(blog(POSTS, SEED), POSTS)


def test_the_figures_of_every_way_are_known() -> None:
    assert OF_SEVEN_POSTS.keys() == BY_NAME.keys()


@every_way
def test_requests_and_queries_are_exactly_these(reader: Client, way: Way) -> None:
    reader.read(way, 7)  # what is remembered, is now

    calls = reader.read(way, 7).calls

    assert Takes(calls.requests, calls.queries) == OF_SEVEN_POSTS[way.name] == way.takes(7)


@every_way
def test_over_100_posts_take_a_second_list(reader: Client, way: Way) -> None:
    reader.read(way, POSTS)

    calls = reader.read(way, POSTS).calls

    assert Takes(calls.requests, calls.queries) == way.takes(POSTS)


@every_way
def test_each_hop_really_waits(reader: Client, way: Way) -> None:
    delay = 0.02
    slow = Client(reader.network, reader.addresses, delay)
    hops = OF_SEVEN_POSTS[way.name].requests
    at_a_time = {"per-post-six": 6, "gateway-parallel": 8}.get(way.name, 1)

    page = slow.read(way, 7)

    assert page.calls.waited >= hops * delay
    # The list comes before the rest; what is requested at the same time waits at the same time.
    first = 2 if way.name.startswith("gateway") else 1
    after_another = min(hops, first - (hops - first) // -at_a_time)
    assert page.seconds >= after_another * delay


def test_without_delay_nothing_waits(reader: Client) -> None:
    assert reader.read(BY_NAME["gateway-sequential"], 7).calls.waited == 0


def expected(data: list[PostData], posts: int) -> bytes:
    """The page, made of the data alone."""
    return canonical([shown(post) for post in reversed(data[-posts:])])


def shown(post: PostData) -> dict[str, Any]:
    comments = [
        {
            "id": str(comment.id),
            "parent_id": None,
            "author": comment.author if comment.status == "approved" else "",
            "content": comment.content if comment.status == "approved" else "",
            "reason": "",
            "status": comment.status,
            "created_at": comment.created_at.isoformat().replace("+00:00", "Z"),
        }
        for comment in post.comments
    ]
    assert len(comments) <= MAX_COMMENTS
    statuses = [comment.status for comment in post.comments]
    counts = {each: statuses.count(each) for each in ("approved", "pending", "rejected")}
    return {
        "id": str(post.id),
        "title": post.title,
        "slug": post.slug,
        "body": post.body,
        "author": post.author,
        "created_at": post.created_at.isoformat().replace("+00:00", "Z"),
        "comment_count": counts["approved"],
        "counts": counts,
        "comments": comments,
    }
