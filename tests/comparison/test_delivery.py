"""Comments whose events travel in three ways, between real processes, while something fails."""

import io
from collections.abc import Callable

import pytest
from django.test import override_settings
from rich.console import Console

from comparison.delivery import measure
from comparison.delivery.charts import panels
from comparison.delivery.measure import FULL, QUICK, SCENARIOS, Plan
from comparison.delivery.results import Cell, Delivery, Later
from comparison.delivery.ways import WAYS
from comparison.lab import Lab
from comparison.management.commands.compare import rendered

pytestmark = pytest.mark.xdist_group("delivery")  # the scenarios run once

FindCell = Callable[[str, str], Cell]

COMMENTS, LATER = 8, 2
TINY = Plan(
    comments=COMMENTS,
    later=LATER,
    kills=1,
    timeout=30,
    at_once=3,
    settings={"SWEEP_INTERVAL": "0.5"},
)


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Delivery:
    with (
        pytest.MonkeyPatch.context() as patch,
        override_settings(VAR_DIR=tmp_path_factory.mktemp("delivery")),
        Lab() as lab,
    ):
        patch.setattr(measure, "QUICK", TINY)
        patch.delenv("BROKER_URL", raising=False)
        return measure.measure(lab, True, lambda text: None)


@pytest.fixture
def cell(results: Delivery) -> FindCell:
    """From way and scenario to what became of the comments."""
    cells = {(cell.way, cell.scenario): cell for cell in results.cells}
    return lambda way, scenario: cells[way, scenario]


@pytest.fixture
def later(results: Delivery) -> dict[str, Later]:
    """By way: what the service that was added later knows."""
    return {row.way: row for row in results.later}


def test_bus_keeps_nothing_while_moderation_is_stopped(cell: FindCell) -> None:
    found = cell("bus", "moderation-stopped")

    assert (found.saved, found.decided) == (COMMENTS, 0)
    assert (found.pending, found.lost) == (COMMENTS, COMMENTS)
    assert found.settled_s is None


@pytest.mark.parametrize("way", ["broker", "store"])
def test_moderation_catches_up_after_it_was_stopped(cell: FindCell, way: str) -> None:
    found = cell(way, "moderation-stopped")

    assert (found.saved, found.decided) == (COMMENTS, COMMENTS)
    assert (found.lost, found.twice, found.twice_back) == (0, 0, 0)
    assert found.settled_s


@pytest.mark.parametrize("way", ["bus", "broker"])
def test_events_published_while_bus_or_broker_is_away_are_lost(cell: FindCell, way: str) -> None:
    found = cell(way, "bus-away")

    assert found.written == COMMENTS  # the writer goes on
    assert found.lost >= COMMENTS // 4
    assert found.pending == found.lost + found.lost_back


@pytest.mark.parametrize("way", ["bus", "broker"])
def test_event_of_a_writer_killed_after_its_commit_is_lost(cell: FindCell, way: str) -> None:
    found = cell(way, "writer-killed")

    assert found.written == COMMENTS
    assert found.saved > found.written  # the comment of the killed process got no response
    assert found.lost >= 1


def test_message_is_redelivered_to_a_killed_consumer(cell: FindCell) -> None:
    found = cell("broker", "moderation-killed")

    assert (found.decided, found.lost) == (COMMENTS, 0)
    assert found.twice == 1
    assert found.twice_back == 1  # it had already published
    assert found.doubled == 1  # they are the same comment


def test_subscriber_of_the_bus_killed_after_its_commit_loses_its_event(
    cell: FindCell,
) -> None:
    assert cell("bus", "moderation-killed").lost_back >= 1


def test_store_loses_and_duplicates_nothing(results: Delivery) -> None:
    cells = [each for each in results.cells if each.way == "store"]

    assert [each.scenario for each in cells] == [scenario.name for scenario in SCENARIOS]
    for each in cells:
        assert each.faults == 1
        assert each.decided == each.saved >= each.written == COMMENTS
        assert (each.lost, each.lost_back, each.twice, each.twice_back) == (0, 0, 0, 0)
        assert each.settled_s is not None


@pytest.mark.parametrize("way", ["bus", "broker"])
def test_service_added_later_gets_nothing_of_the_past(later: dict[str, Later], way: str) -> None:
    assert later[way].past >= 4 * COMMENTS
    assert later[way].past_got == 0
    assert later[way].new_got == later[way].new == LATER


def test_service_added_later_gets_the_whole_past_from_the_store(later: dict[str, Later]) -> None:
    assert later["store"].past_got == later["store"].past >= 4 * COMMENTS
    assert later["store"].new_got == LATER


def test_backlog_is_empty_at_the_end(results: Delivery) -> None:
    assert {way.name: way.waiting for way in results.ways} == {
        "bus": 0,
        "broker": 0,
        "store": 0,
    }


def test_results_are_shown_in_tables(results: Delivery) -> None:
    shown = io.StringIO()
    for table in panels(results)[0].tables:
        Console(file=shown, width=160).print(rendered(table))

    for way in WAYS:
        assert way.title in shown.getvalue()
    for scenario in SCENARIOS:
        assert scenario.title[1:] in shown.getvalue()
    [bus, *_] = results.later
    assert f"0 of {bus.past}" in shown.getvalue()
    assert "never" in shown.getvalue()


def test_every_plan_has_comments_between_its_kills() -> None:
    for plan in (TINY, QUICK, FULL):
        assert plan.comments // (plan.kills + 1) >= 1
        assert plan.comments >= 4
