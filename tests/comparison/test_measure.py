"""The arithmetic of the comparison."""

from statistics import median, quantiles

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comparison.faults.results import formula
from comparison.reads.ways import canonical, requests_for
from lab.statistics import interleaved, milliseconds, percentile, summary

samples = st.lists(st.floats(0, 1e6), min_size=2, max_size=50)


@given(samples)
def test_percentiles_are_those_of_the_standard_library(seconds: list[float]) -> None:
    cuts = quantiles(seconds, n=100, method="inclusive")

    for percent in (1, 50, 95, 99):
        assert percentile(seconds, percent) == pytest.approx(cuts[percent - 1])
    assert percentile(seconds, 50) == pytest.approx(median(seconds))
    assert (percentile(seconds, 0), percentile(seconds, 100)) == (min(seconds), max(seconds))


def test_of_one_sample_every_percentile_is_that_one() -> None:
    assert percentile([0.25], 1) == percentile([0.25], 99) == 0.25


def test_seconds_become_milliseconds() -> None:
    assert milliseconds(0.0123456) == 12.346
    assert summary([0.001, 0.002, 0.003], 50, 95) == {"p50_ms": 2.0, "p95_ms": 2.9}
    assert summary([], 50) == {"p50_ms": None}


def test_in_every_round_each_has_its_turn_and_not_always_behind_the_same() -> None:
    runs = {name: (lambda name=name: name.upper()) for name in "abcd"}

    done = list(interleaved(runs, rounds=20))

    rounds = [[each.name for each in done[at : at + 4]] for at in range(0, 80, 4)]
    assert all(sorted(names) == list("abcd") for names in rounds)
    assert len({tuple(names) for names in rounds}) > 1
    assert all(each.result == each.name.upper() and each.seconds >= 0 for each in done)


@pytest.mark.parametrize(
    ("share", "calls", "expected"),
    [(0.01, 1, 0.01), (0.01, 100, 0.634), (0.05, 20, 0.642), (0.0, 100, 0.0), (1.0, 1, 1.0)],
)
def test_the_formula_of_slow_calls(share: float, calls: int, expected: float) -> None:
    assert formula(share, calls) == pytest.approx(expected, abs=0.0005)


@pytest.mark.parametrize(("posts", "requests"), [(1, 1), (100, 1), (101, 2), (1_000, 10)])
def test_a_list_gives_100_posts_a_request(posts: int, requests: int) -> None:
    assert requests_for(posts) == requests


def test_the_page_does_not_depend_on_the_order_of_names() -> None:
    assert canonical([{"id": "1", "title": "é"}]) == canonical([{"title": "é", "id": "1"}])
    assert canonical([{"id": "1"}, {"id": "2"}]) != canonical([{"id": "2"}, {"id": "1"}])
