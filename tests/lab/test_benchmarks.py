"""The benchmarks rest on data that is the same each time, and on sums that are right."""

from collections import Counter
from uuid import UUID

import pytest

from eventstore.contracts import CommentCreated, CommentModerated, CommentUpdated, PostCreated
from lab.bench.figures import Figure, Goal
from lab.data import history
from lab.statistics import percentile


def figure(samples: list[float], goal: Goal | None = None) -> Figure:
    return Figure("area", "what", "sqlite", "ms", samples, goal)


def test_the_history_is_the_same_each_time() -> None:
    assert list(history(500)) == list(history(500))


def test_a_shorter_history_is_the_beginning_of_a_longer_one() -> None:
    assert list(history(100)) == list(history(500))[:100]


def test_each_comment_is_created_then_decided_then_updated() -> None:
    posts: set[UUID] = set()
    step: Counter[UUID] = Counter()
    order = {CommentCreated: 0, CommentModerated: 1, CommentUpdated: 2}
    for event in history(2_000):
        if isinstance(event, PostCreated):
            posts.add(event.post_id)
            continue
        assert isinstance(event, (CommentCreated, CommentModerated, CommentUpdated))
        assert event.post_id in posts
        assert step[event.comment_id] == order[type(event)]
        step[event.comment_id] += 1
    finished = [comment for comment, steps in step.items() if steps == len(order)]
    assert len(finished) > 0.9 * len(step) > 5 * len(posts)


@pytest.mark.parametrize(
    ("samples", "goal", "reached"),
    [
        ([1, 2, 90], Goal(2, "most"), True),
        ([1, 2, 90], Goal(2, "most", of="worst"), False),
        ([1, 2, 90], Goal(3, "least"), False),
        ([3, 3, 4], Goal(3, "least", of="worst"), True),
        ([1], None, None),
    ],
)
def test_a_goal_is_held_against_the_median_or_the_worst(
    samples: list[float], goal: Goal | None, reached: bool | None
) -> None:
    assert figure(samples, goal).reached is reached


def test_percentiles_lie_between_the_samples() -> None:
    hundred = figure([float(number) for number in range(101)])
    assert (hundred.median, *(percentile(hundred.samples, p) for p in (95, 99))) == (50, 95, 99)
    assert percentile(figure([7.0]).samples, 99) == 7
