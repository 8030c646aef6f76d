"""A service that comes to the blog later gets its past, in every way; and what each way takes."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from comparison.data import blog
from comparison.history import WAYS
from comparison.history.copies import check
from comparison.history.direct import COMMENT, POST
from comparison.history.moving import moving
from comparison.history.newcomer import Newcomer
from comparison.history.outages import TARGETS, outages
from comparison.history.plan import FULL, QUICK
from comparison.history.way import Blog, Way
from comparison.history.writer import writes
from comparison.lab.errors import LabFailed
from comparison.lab.lab import SEED, Lab
from comparison.lab.login import login
from comparison.lab.stack import Stack
from comparison.reads.way import Takes
from tests.lab import POSTS

BY_NAME = {way.name: way for way in WAYS}
every_way = pytest.mark.parametrize("way", WAYS, ids=BY_NAME)

DATA = blog(POSTS, SEED)
THERE = Blog.of(DATA)
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

ALL, POSTS_ALONE, COMMENTS_ALONE, NOTHING = (1, 1), (1, 0), (0, 1), (0, 0)
GETS = {
    "posts": (NOTHING, ALL, ALL),
    "posts-and-comments": (NOTHING, ALL, ALL),
    "comments": (POSTS_ALONE, ALL, ALL),
    "posts-database": (NOTHING, COMMENTS_ALONE, ALL),
    "comments-database": (POSTS_ALONE, POSTS_ALONE, ALL),
    "logins-database": (NOTHING, ALL, ALL),
    "eventstore-database": (ALL, ALL, NOTHING),
}
"""What comes by requests, directly, and from events, while a target is down."""


@pytest.fixture
def written_to(lab: Lab) -> Iterator[None]:
    """The blog is filled anew for whoever reads it next."""
    yield
    lab.has_written()


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


def test_what_comes_while_something_is_down(late: Newcomer, lab_stack: Stack) -> None:
    found = outages(lab_stack, late, THERE, TARGETS)

    got = {
        (cell["way"], cell["target"]): (cell["posts"], cell["comments"]) for cell in found["cells"]
    }
    assert got == {
        (way.name, target): (posts * THERE.posts, comments * THERE.comments)
        for target, gets in GETS.items()
        for way in WAYS
        for posts, comments in [gets[_kind(way)]]
    }
    for cell in found["cells"]:
        assert bool(cell["error"]) == (cell["share"] < 1)
        # One statement fails, and its step ends.
        assert cell["injected"] == (cell["share"] < 1 and cell["target"].endswith("database"))
        assert "127.0.0.1" not in cell["error"]
    lab_stack.await_ready()
    assert late.copy(BY_NAME["requests-batched"]).errors == []


def test_only_who_remembers_has_what_is_written_meanwhile(late: Newcomer, written_to: None) -> None:
    cells = list(moving(late, writes(DATA, late.at, seed=1), ("after", "before")))

    assert [(cell["way"], cell["listens"]) for cell in cells] == [
        *((way, since) for way in list(BY_NAME)[:3] for since in ("after", "before")),
        *((way, "always") for way in list(BY_NAME)[3:]),
    ]
    for cell in cells:
        wrong = (cell["missing"], cell["stale"], cell["ghosts"])
        assert cell["written"] == cell["added"] + cell["edited"] + cell["deleted"] > 0
        if cell["listens"] == "after":
            assert cell["missing"] <= cell["added"]
            assert cell["stale"] <= cell["edited"]
            assert cell["ghosts"] <= cell["deleted"]
        else:
            assert wrong == (0, 0, 0)


def test_a_wrong_password_is_told(lab_stack: Stack) -> None:
    with pytest.raises(LabFailed, match="cannot log in"):
        login(lab_stack.addresses["posts"], "not this one")


def test_a_plan_has_the_sizes_that_it_speaks_of() -> None:
    for plan in (QUICK, FULL):
        assert plan.outage_posts in plan.posts
        assert set(plan.targets) <= GETS.keys()
    assert GETS.keys() == {target.name for target in TARGETS}
    assert len(BY_NAME["direct"].columns) == len(POST) + len(COMMENT)


def _kind(way: Way) -> int:
    return 2 if way.remembers else 1 if way.columns else 0
