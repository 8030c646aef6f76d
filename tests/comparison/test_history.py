"""A service that comes to the blog later gets its past, in every way; and what each way takes."""

from dataclasses import replace

import pytest

from comparison.history import WAYS
from comparison.history.copies import check
from comparison.history.newcomer import Newcomer
from comparison.history.way import Blog, Way
from comparison.reads.way import Takes
from lab.errors import LabFailed
from lab.login import login
from lab.stack import Stack
from tests.comparison.lab import POSTS
from tests.comparison.past import BY_NAME, DATA, THERE

every_way = pytest.mark.parametrize("way", WAYS, ids=BY_NAME)
DECIDED = sum(comment.status != "pending" for post in DATA for comment in post.comments)

OF_THESE_POSTS = {
    # Two lists of posts, and a list of comments for each; who asks is two queries each time.
    "requests-per-post": Takes(requests=2 + 130, queries=2 * (2 + 1) + 130 * (2 + 2)),
    "requests-batched": Takes(requests=2 + 2, queries=(2 + 2) * (2 + 1)),
    "direct": Takes(requests=0, queries=1 + 1),
    # Three batches of at most 500 events.
    "events-caught-up": Takes(requests=0, queries=1 + 3 * 3),
    "events-replayed": Takes(requests=0, queries=2 + 1),
}


@every_way
def test_every_way_gets_every_row_of_the_past(late: Newcomer, way: Way) -> None:
    copied = late.copy(way)

    assert copied.errors == []
    assert (copied.posts, copied.comments) == (POSTS, sum(len(post.comments) for post in DATA))
    assert late.difference().is_none


@every_way
def test_requests_and_queries_are_exactly_these(late: Newcomer, way: Way) -> None:
    copied = late.copy(way)

    assert Takes(copied.requests, copied.queries) == OF_THESE_POSTS[way.name] == way.takes(THERE)


@every_way
def test_events_are_more_than_rows(late: Newcomer, way: Way) -> None:
    """Each comment that was decided upon has two that say how it is."""
    copied = late.copy(way)

    assert copied.records == THERE.rows + (DECIDED if way.remembers else 0)
    assert (copied.size is None) == (way.name == "direct")
    assert copied.size is None or copied.size > 100 * copied.records


def test_the_past_may_be_larger_than_one_page() -> None:
    there = Blog(posts=1_000, comments=4_999, heard=10_001, events=20_000)

    takes = {way.name: way.takes(there) for way in WAYS}

    assert takes == {
        "requests-per-post": Takes(10 + 1_000, 10 * 3 + 1_000 * 4),
        "requests-batched": Takes(10 + 10, 20 * 3),
        "direct": Takes(0, 2 + 5),
        "events-caught-up": Takes(0, 1 + 21 * 3),
        "events-replayed": Takes(0, 2 + 3),
    }


@every_way
def test_each_request_really_waits(late: Newcomer, way: Way) -> None:
    delay = 0.005
    assert late.copy(way, delay).seconds >= OF_THESE_POSTS[way.name].requests * delay


def test_the_numbers_are_checked_before_anything_is_said(late: Newcomer) -> None:
    way = BY_NAME["requests-batched"]
    copied = late.copy(way)
    check(late, way, copied, THERE)

    with pytest.raises(LabFailed, match="requests-batched took"):
        check(late, way, copied, replace(THERE, posts=POSTS + 100, comments=THERE.comments - 100))
    with pytest.raises(LabFailed, match="gets another past"):
        check(late, way, copied, replace(THERE, comments=7))


def test_a_wrong_password_is_told(lab_stack: Stack) -> None:
    with pytest.raises(LabFailed, match="cannot log in"):
        login(lab_stack.addresses["posts"], "not this one")
