"""The advice is made of the figures, and changes where they do."""

from typing import Any

import msgspec
import pytest

from comparison.advice import Advice, advice
from comparison.page import content
from tests.comparison import figures


def verdict(**parts: dict[str, Any]) -> dict[str, Advice]:
    """The advice by what to choose, of these results."""
    kept = {name: figures.run(results) for name, results in parts.items()}
    return {each.choose: each for each in content(kept)["advice"]}


def plain(found: Advice) -> str:
    return found.because.replace("\N{NO-BREAK SPACE}", " ")


def test_of_nothing_there_is_no_advice() -> None:
    assert advice({}) == []


@pytest.mark.parametrize(
    ("join", "because"),
    [
        (
            2.0,
            "20 posts in 2 ms; the read-model: 5 ms. Nothing without a cache is as fast: 2.5 times",
        ),
        (
            5.1,
            "20 posts in 5.1 ms; the read-model: 5 ms. Nothing without a cache is clearly faster.",
        ),
        (15.0, "The join takes 3 times as long."),
    ],
)
def test_the_monolith_is_advised_as_far_as_it_is_faster(join: float, because: str) -> None:
    found = verdict(reads=figures.reads(monolith_join=join))["A monolith with one join"]

    assert found.when.startswith("one application on one machine is enough")
    assert ("3 times as long" in found.when) == (join == 15.0)
    assert because in plain(found)
    assert found.family == "monolith"


def test_what_one_application_costs_stands_beside_what_services_do() -> None:
    parts = {"reads": figures.reads(), "cost": figures.cost(one=6, services=1)}

    found = verdict(**parts)["A monolith with one join"]

    assert "memory for all of it: 18 ms and 540 MB; as services 3 ms and 90 MB." in plain(found)


def test_the_read_model_is_for_outages_where_it_stands_and_calls_do_not() -> None:
    name = "A read model, fed by events"

    stands = verdict(faults=figures.faults())[name]
    both = verdict(faults=figures.faults(calling_stand=True))[name]
    neither = verdict(faults=figures.faults(model_stands=False))[name]

    assert "must come while other services are down" in stands.when
    assert "brought 100 % of all pages, the best of the ways that call them 0 %" in plain(stands)
    assert "anything but outages is the reason" in both.when
    assert "brought 100 % of all pages, the best of the ways that call them 100 %" in plain(both)
    assert "anything but outages is the reason" in neither.when


def test_the_price_of_the_read_model_is_named_where_it_was_measured() -> None:
    found = verdict(faults=figures.faults(), cost=figures.cost())["A read model, fed by events"]

    assert (
        "a comment is approved on it after 54 ms. The text of a comment is stored 2.5 times."
        in plain(found)
    )


def test_a_gateway_that_is_faster_is_called_so() -> None:
    name = "A gateway with one call for all comments"

    slower = verdict(reads=figures.reads(), faults=figures.faults())[name]
    faster = verdict(reads=figures.reads(gateway_batched=1.0, read_model=100.0))[name]

    assert "With 5 ms a hop, 20 posts took 58 ms, from the read model 10 ms: 5.8 times" in plain(
        slower
    )
    assert "With comments down, 0 % of its pages came." in plain(slower)
    assert "faster" not in slower.when
    assert "it is also the faster one" in faster.when


def test_a_request_per_post_is_advised_against_where_it_is_slow() -> None:
    costly = verdict(reads=figures.reads())["No request per post"]
    cheap = verdict(reads=figures.reads(per_post=8.0))["A request per post"]

    assert "5 times as long as one call for all, with 0 ms a hop" in costly.because
    assert "costs little more" in cheap.when


def test_a_loop_is_advised_against_where_it_is_slow() -> None:
    costly = verdict(reads=figures.reads())["Fewer queries"]
    cheap = verdict(reads=figures.reads(monolith_loop=4.1))["A loop over posts"]

    assert "3 times as long as with one join" in costly.because
    assert "costs little here" in cheap.when


def test_every_piece_of_advice_names_a_figure() -> None:
    found = content(figures.everything())["advice"]

    assert len(found) == 9
    for each in found:
        assert any(letter.isdigit() for letter in each.because), each
        assert each.when[0].islower()
    assert msgspec.to_builtins(found[0])


@pytest.mark.parametrize(
    ("pending", "when"),
    [
        ({"bus": 20, "broker": 1, "store": 0}, "no event may be lost"),
        ({"bus": 20, "broker": 5, "store": 2}, "none of the ways held all"),
        ({"bus": 20, "broker": 0, "store": 0}, "the broker did no worse"),
        ({"bus": 20, "broker": 0, "store": 3}, "the broker did no worse"),
    ],
)
def test_the_event_store_is_advised_as_far_as_it_loses_less(
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


def test_services_are_advised_with_their_price_or_their_gain() -> None:
    costly = verdict(cost=figures.cost())["Services"]
    cheap = verdict(cost=figures.cost(one=6, modules=3, services=1))["Services"]

    assert (
        "Against one application, that costs: saving a comment 18 ms instead of 3 ms (6 times)"
        in plain(costly)
    )
    assert " gains" not in costly.because
    assert "nothing here is an argument against it" in cheap.when
    assert "it gains: saving a comment 3 ms instead of 18 ms" in plain(cheap)
    assert "Services" not in verdict(cost=figures.cost(one=1, modules=1, services=1))


def test_modules_are_for_memory_where_they_save_some() -> None:
    name = "A monolith of modules that share events"

    less = verdict(cost=figures.cost())[name]
    same = verdict(cost=figures.cost(modules=6.0))[name]

    assert "memory 270 MB instead of 540 MB" in plain(less)
    assert "the services take no more memory here" in same.when
