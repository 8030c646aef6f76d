"""The verdict on events, modules and services is made of the figures, and turns where they do."""

import pytest

from tests.comparison import figures
from tests.comparison.verdicts import plain, verdict


@pytest.mark.parametrize(
    ("pending", "when"),
    [
        ({"bus": 20, "broker": 1, "store": 0}, "no event may be lost"),
        ({"bus": 20, "broker": 5, "store": 2}, "none of the ways held all"),
        ({"bus": 20, "broker": 0, "store": 0}, "the broker did no worse"),
        ({"bus": 20, "broker": 0, "store": 3}, "the broker did no worse"),
    ],
)
def test_the_event_store_is_praised_as_far_as_it_loses_less(
    pending: dict[str, int], when: str
) -> None:
    found = verdict(delivery=figures.delivery(**pending))["Events that are stored"]

    assert when in found.when
    assert f"the bus {2 * pending['bus']}" in found.because
    assert f"the store {2 * pending['store']}" in found.because


def test_new_services_by_requests_are_faster_where_they_are() -> None:
    events = verdict(history=figures.history(events_ms=50, requests_ms=90))
    requests = verdict(history=figures.history(events_ms=90, requests_ms=30))

    assert "need not be up" in events["Stored events for new services"].when
    slower = requests["Stored events for new services, though not for speed"]
    assert "events take 3 times as long" in slower.when
    assert "With posts down: 100 % and 0 % of it." in plain(slower)


def test_services_are_told_with_their_price_or_their_gain() -> None:
    dear = verdict(cost=figures.cost())["Services"]
    cheap = verdict(cost=figures.cost(one=6, modules=3, services=1))["Services"]

    assert (
        "Against one application, that costs: saving a comment 18 ms instead of 3 ms (6 times)"
        in plain(dear)
    )
    assert " gains" not in dear.because
    assert "nothing here is an argument against it" in cheap.when
    assert "it gains: saving a comment 3 ms instead of 18 ms" in plain(cheap)
    assert "Services" not in verdict(cost=figures.cost(one=1, modules=1, services=1))


def test_modules_are_for_memory_where_they_save_some() -> None:
    name = "A monolith of modules that share events"

    less = verdict(cost=figures.cost())[name]
    same = verdict(cost=figures.cost(modules=6.0))[name]

    assert "memory 270 MB instead of 540 MB" in plain(less)
    assert "the services take no more memory here" in same.when
