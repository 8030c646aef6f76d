"""A new service gets the history of a blog, in every way: what that takes, and what it gets while
others are down, or amid writes."""

from collections.abc import Iterator

import pytest
from msgspec.structs import replace

from comparison.history.code import COLUMNS
from comparison.history.measure import FULL, QUICK, TARGETS, check, copies_amid_writes, outages
from comparison.history.new_service import Difference, NewService
from comparison.history.results import Blog
from comparison.history.ways import BY_NAME, COMMENT, POST, WAYS, Way, count_blog
from comparison.lab import SEED, Lab
from comparison.reads.ways import Takes
from lab.data import blog
from lab.errors import LabFailed
from lab.http import login
from lab.stack import Stack
from tests.comparison.conftest import POSTS

DATA = blog(POSTS, SEED)
BLOG = count_blog(DATA)
every_way = pytest.mark.parametrize("way", WAYS, ids=BY_NAME)
DECIDED = sum(comment.status != "pending" for post in DATA for comment in post.comments)

OF_THESE_POSTS = {
    # Two lists of posts, and a list of comments for each; the user is two queries each time.
    "requests-per-post": Takes(requests=2 + 130, queries=2 * (2 + 1) + 130 * (2 + 2)),
    "requests-batched": Takes(requests=2 + 2, queries=(2 + 2) * (2 + 1)),
    "direct": Takes(requests=0, queries=1 + 1),
    # Three batches of at most 500 events.
    "events-caught-up": Takes(requests=0, queries=1 + 3 * 2),
    "events-replayed": Takes(requests=0, queries=3 + 1),
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
"""What a new service gets by requests, directly, and from events, while a target is down."""


@every_way
def test_every_way_gets_every_row(added_service: NewService, way: Way) -> None:
    copied = added_service.copy(way)

    assert copied.errors == []
    assert (copied.posts, copied.comments) == (POSTS, sum(len(post.comments) for post in DATA))
    assert added_service.difference() == Difference()


@every_way
def test_requests_and_queries_are_exactly_these(added_service: NewService, way: Way) -> None:
    copied = added_service.copy(way)

    assert Takes(copied.requests, copied.queries) == OF_THESE_POSTS[way.name] == way.takes(BLOG)


@every_way
def test_events_are_more_than_rows(added_service: NewService, way: Way) -> None:
    """Each comment that was decided upon has two events with its state."""
    copied = added_service.copy(way)

    assert copied.records == BLOG.rows + (DECIDED if way.stored_events else 0)
    assert (copied.bytes is None) == (way.name == "direct")
    assert copied.bytes is None or copied.bytes > 100 * copied.records


def test_requests_and_queries_of_a_larger_blog() -> None:
    large = Blog(posts=1_000, comments=4_999, subscribed=10_001, events=20_000)

    takes = {way.name: way.takes(large) for way in WAYS}

    assert takes == {
        "requests-per-post": Takes(10 + 1_000, 10 * 3 + 1_000 * 4),
        "requests-batched": Takes(10 + 10, 20 * 3),
        "direct": Takes(0, 2 + 5),
        "events-caught-up": Takes(0, 1 + 21 * 2),
        "events-replayed": Takes(0, 3 + 4),
    }


@every_way
def test_each_request_waits_for_the_delay(added_service: NewService, way: Way) -> None:
    delay = 0.005
    assert added_service.copy(way, delay).seconds >= OF_THESE_POSTS[way.name].requests * delay


def test_numbers_are_checked(added_service: NewService) -> None:
    way = BY_NAME["requests-batched"]
    copied = added_service.copy(way)
    check(added_service, way, copied, BLOG)

    with pytest.raises(LabFailed, match="requests-batched took"):
        check(
            added_service,
            way,
            copied,
            replace(BLOG, posts=POSTS + 100, comments=BLOG.comments - 100),
        )
    with pytest.raises(LabFailed, match="gets another history"):
        check(added_service, way, copied, replace(BLOG, comments=7))


def test_wrong_password_is_an_error(lab_stack: Stack) -> None:
    with pytest.raises(LabFailed, match="cannot log in"):
        login(lab_stack.addresses["posts"], "not this one")


@pytest.fixture
def written_to(lab: Lab) -> Iterator[None]:
    """The blog is filled anew for the next test that reads it."""
    yield
    lab.has_written()


def test_what_each_way_gets_while_something_is_down(
    added_service: NewService, lab_stack: Stack
) -> None:
    found = outages(lab_stack, added_service, BLOG, TARGETS)

    got = {(cell.way, cell.target): (cell.posts, cell.comments) for cell in found.cells}
    assert got == {
        (way.name, target): (posts * BLOG.posts, comments * BLOG.comments)
        for target, gets in GETS.items()
        for way in WAYS
        for posts, comments in [gets[_kind(way)]]
    }
    for cell in found.cells:
        assert bool(cell.error) == (cell.share < 1)
        # One statement fails, and its step ends.
        assert cell.injected == (cell.share < 1 and cell.target.endswith("database"))
        assert "127.0.0.1" not in cell.error
    lab_stack.await_ready()
    assert added_service.copy(BY_NAME["requests-batched"]).errors == []


def test_only_stored_events_have_what_is_written_meanwhile(
    added_service: NewService, written_to: None
) -> None:
    cells = list(copies_amid_writes(added_service, DATA, ("after", "before")))

    assert [(cell.way, cell.subscribed) for cell in cells] == [
        *((way, since) for way in list(BY_NAME)[:3] for since in ("after", "before")),
        *((way, "always") for way in list(BY_NAME)[3:]),
    ]
    for cell in cells:
        wrong = (cell.missing, cell.stale, cell.ghosts)
        assert cell.written == cell.added + cell.edited + cell.deleted > 0
        if cell.subscribed == "after":
            assert cell.missing <= cell.added
            assert cell.stale <= cell.edited
            assert cell.ghosts <= cell.deleted
        else:
            assert wrong == (0, 0, 0)


def test_plans_are_consistent() -> None:
    for plan in (QUICK, FULL):
        assert plan.outage_posts in plan.posts
        assert set(plan.targets) <= GETS.keys()
    assert GETS.keys() == {target.name for target in TARGETS}
    assert len(COLUMNS["direct"]) == len(POST) + len(COMMENT)


def _kind(way: Way) -> int:
    return 2 if way.stored_events else 1 if way.name in COLUMNS else 0
