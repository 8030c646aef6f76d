"""The verdict on ways to read a page is made of the figures, and turns round where they do."""

import msgspec
import pytest

from comparison.advice import Figures, advice
from comparison.page import content
from tests.comparison import figures
from tests.comparison.verdicts import plain, verdict


def test_of_nothing_there_is_no_advice() -> None:
    assert advice(Figures()) == []


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
def test_the_monolith_is_praised_as_far_as_it_is_faster(join: float, because: str) -> None:
    found = verdict(reads=figures.reads(monolith_join=join))["A monolith with one join"]

    assert found.when.startswith("one application on one machine is enough")
    assert ("3 times as long" in found.when) == (join == 15.0)
    assert because in plain(found)
    assert found.family == "monolith"


def test_what_one_application_costs_stands_beside_what_services_do() -> None:
    parts = {"reads": figures.reads(), "cost": figures.cost(one=6, services=1)}

    found = verdict(**parts)["A monolith with one join"]

    assert "memory for all of it: 18 ms and 540 MB; as services 3 ms and 90 MB." in plain(found)


def test_the_read_model_is_for_outages_where_it_stands_and_asking_does_not() -> None:
    name = "A read model, fed by events"

    stands = verdict(faults=figures.faults())[name]
    both = verdict(faults=figures.faults(asking_stand=True))[name]
    neither = verdict(faults=figures.faults(model_stands=False))[name]

    assert "must come while other services are down" in stands.when
    assert "brought 100 % of all pages, the best of the ways that call them 0 %" in plain(stands)
    assert "anything but outages is the reason" in both.when
    assert "brought 100 % of all pages, the best of the ways that call them 100 %" in plain(both)
    assert "anything but outages is the reason" in neither.when


def test_the_price_of_the_read_model_is_told_where_it_was_measured() -> None:
    found = verdict(faults=figures.faults(), cost=figures.cost())["A read model, fed by events"]

    assert (
        "a comment is approved on it after 54 ms. The text of a comment is stored 2.5 times."
        in plain(found)
    )


def test_a_gateway_that_is_faster_is_said_to_be() -> None:
    name = "A gateway with one call for all comments"

    slower = verdict(reads=figures.reads(), faults=figures.faults())[name]
    faster = verdict(reads=figures.reads(gateway_batched=1.0, read_model=100.0))[name]

    assert "With 5 ms a hop, 20 posts took 58 ms, from the read model 10 ms: 5.8 times" in plain(
        slower
    )
    assert "With comments down, 0 % of its pages came." in plain(slower)
    assert "faster" not in slower.when
    assert "it is also the faster one" in faster.when


def test_a_request_per_post_is_advised_against_where_it_is_dear() -> None:
    dear = verdict(reads=figures.reads())["No request per post"]
    cheap = verdict(reads=figures.reads(per_post=8.0))["A request per post"]

    assert "5 times as long as one call for all, with 0 ms a hop" in dear.because
    assert "costs little more" in cheap.when


def test_a_loop_is_advised_against_where_it_is_dear() -> None:
    dear = verdict(reads=figures.reads())["Fewer queries"]
    cheap = verdict(reads=figures.reads(monolith_loop=4.1))["A loop over posts"]

    assert "3 times as long as with one join" in dear.because
    assert "costs little here" in cheap.when


def test_every_piece_of_advice_names_a_figure() -> None:
    found = content(figures.everything()).advice

    assert len(found) == 9
    for each in found:
        assert any(letter.isdigit() for letter in each.because), each
        assert each.when[0].islower()
    assert msgspec.to_builtins(found[0])
