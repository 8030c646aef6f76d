"""What a service that comes later gets while others are down, or somebody writes."""

from collections.abc import Iterator

import pytest

from comparison.history import WAYS
from comparison.history.direct import COMMENT, POST
from comparison.history.moving import moving
from comparison.history.newcomer import Newcomer
from comparison.history.outages import TARGETS, outages
from comparison.history.plan import FULL, QUICK
from comparison.history.way import Way
from comparison.history.writer import writes
from comparison.lab import Lab
from lab.stack import Stack
from tests.comparison.past import BY_NAME, DATA, THERE

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


def test_a_plan_has_the_sizes_that_it_speaks_of() -> None:
    for plan in (QUICK, FULL):
        assert plan.outage_posts in plan.posts
        assert set(plan.targets) <= GETS.keys()
    assert GETS.keys() == {target.name for target in TARGETS}
    assert len(BY_NAME["direct"].columns) == len(POST) + len(COMMENT)


def _kind(way: Way) -> int:
    return 2 if way.remembers else 1 if way.columns else 0
