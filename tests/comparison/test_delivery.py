"""Comments whose events travel in three ways, over real processes, while something fails."""

import io
from typing import Any

import pytest
from django.test import override_settings
from rich.console import Console

from comparison.claims import CLAIMS
from comparison.delivery import measuring
from comparison.delivery.measuring import FULL, QUICK, WAYS
from comparison.delivery.scenarios import SCENARIOS, Plan
from comparison.lab import Lab
from comparison.parts import parts
from comparison.parts.part import Options

pytestmark = pytest.mark.xdist_group("delivery")  # all of it is played once

COMMENTS, LATER = 8, 2
TINY = Plan(
    comments=COMMENTS,
    later=LATER,
    kills=1,
    rate=100,
    patience=30,
    at_once=3,
    settings={"SWEEP_INTERVAL": "0.5"},
)


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    with (
        pytest.MonkeyPatch.context() as patch,
        override_settings(VAR_DIR=tmp_path_factory.mktemp("delivery")),
        Lab() as lab,
    ):
        patch.setattr(measuring, "QUICK", TINY)
        patch.delenv("BROKER_URL", raising=False)
        return measuring.measure(lab, Options(quick=True), lambda text: None)


@pytest.fixture
def cell(results: dict[str, Any]) -> Any:
    """From way and scenario to what became of the comments."""
    cells = {(each["way"], each["scenario"]): each for each in results["cells"]}
    return lambda way, scenario: cells[way, scenario]


@pytest.fixture
def later(results: dict[str, Any]) -> dict[str, Any]:
    """By way: what the service knows that was added later."""
    return {row["way"]: row for row in results["later"]}


def test_moderation_was_stopped_and_the_bus_kept_nothing_for_it(cell: Any) -> None:
    found = cell("bus", "moderation-stopped")

    assert (found["saved"], found["decided"]) == (COMMENTS, 0)
    assert (found["pending"], found["lost"]) == (COMMENTS, COMMENTS)
    assert found["settled_s"] is None


@pytest.mark.parametrize("way", ["broker", "store"])
def test_moderation_was_stopped_and_finds_everything(cell: Any, way: str) -> None:
    found = cell(way, "moderation-stopped")

    assert (found["saved"], found["decided"]) == (COMMENTS, COMMENTS)
    assert (found["lost"], found["twice"], found["twice_back"]) == (0, 0, 0)
    assert found["settled_s"] > 0


@pytest.mark.parametrize("way", ["bus", "broker"])
def test_nobody_tells_again_what_was_said_while_the_broker_was_away(cell: Any, way: str) -> None:
    found = cell(way, "bus-away")

    assert found["written"] == COMMENTS  # the writer goes on
    assert found["lost"] >= COMMENTS // 4
    assert found["pending"] == found["lost"] + found["lost_back"]


@pytest.mark.parametrize("way", ["bus", "broker"])
def test_what_a_killed_writer_has_saved_and_not_said_is_lost(cell: Any, way: str) -> None:
    found = cell(way, "writer-killed")

    assert found["written"] == COMMENTS
    assert found["saved"] > found["written"]  # whom it killed got no answer
    assert found["lost"] >= 1


def test_a_killed_listener_is_given_the_message_again(cell: Any) -> None:
    found = cell("broker", "moderation-killed")

    assert (found["decided"], found["lost"]) == (COMMENTS, 0)
    assert found["twice"] == 1
    assert found["twice_back"] == 1  # it had said so already
    assert found["doubled"] == 1  # they are the same comment


def test_a_killed_listener_on_the_bus_loses_what_it_would_have_said(cell: Any) -> None:
    assert cell("bus", "moderation-killed")["lost_back"] >= 1


def test_a_store_loses_nothing_and_repeats_nothing(results: dict[str, Any]) -> None:
    cells = [each for each in results["cells"] if each["way"] == "store"]

    assert [each["scenario"] for each in cells] == [scenario.name for scenario in SCENARIOS]
    for each in cells:
        assert each["struck"] == 1
        assert each["decided"] == each["saved"] >= each["written"] == COMMENTS
        assert [each[bad] for bad in ("lost", "lost_back", "twice", "twice_back")] == [0] * 4
        assert each["settled_s"] is not None


@pytest.mark.parametrize("way", ["bus", "broker"])
def test_a_later_service_hears_nothing_of_the_past(later: dict[str, Any], way: str) -> None:
    assert later[way]["past"] >= 4 * COMMENTS
    assert later[way]["past_got"] == 0
    assert later[way]["new_got"] == later[way]["new"] == LATER


def test_a_later_service_learns_all_the_past_from_the_store(later: dict[str, Any]) -> None:
    assert later["store"]["past_got"] == later["store"]["past"] >= 4 * COMMENTS
    assert later["store"]["new_got"] == LATER


def test_in_the_end_nothing_is_on_its_way(results: dict[str, Any]) -> None:
    assert {way["name"]: way["waiting"] for way in results["ways"]} == {
        "bus": 0,
        "broker": 0,
        "store": 0,
    }


def test_it_is_shown_in_words_and_figures(results: dict[str, Any]) -> None:
    said = io.StringIO()
    for table in parts()["delivery"].tables(results):
        Console(file=said, width=160).print(table)

    for way in WAYS:
        assert way.title in said.getvalue()
    for scenario in SCENARIOS:
        assert scenario.title[1:] in said.getvalue()
    [bus, *_] = results["later"]
    assert f"0 of {bus['past']}" in said.getvalue()
    assert "never" in said.getvalue()


def test_every_way_names_claims_that_there_are() -> None:
    for way in WAYS:
        assert way.claims
        assert set(way.claims) <= CLAIMS.keys()


def test_a_plan_has_comments_between_its_kills() -> None:
    for plan in (TINY, QUICK, FULL):
        assert plan.comments // (plan.kills + 1) >= 1
        assert plan.comments >= 4
