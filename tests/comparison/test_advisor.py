"""The advisor's verdict follows from the needs and from the figures, and changes where they do."""

from typing import Any

import pytest
from django.test import Client

from comparison import results
from comparison.advisor import PEOPLE_PER_TEAM, Needs, Verdict, advise
from comparison.page import measured
from tests.comparison import figures
from tests.pages import get

PAGE = "/comparison/advisor/"
SMALL = {"people": 3, "reads": 1.0, "writes": 0.1, "age": 60.0, "outage": False}


def verdict(cores: int = 2, parts: dict[str, Any] | None = None, **needs: Any) -> Verdict:
    kept = figures.everything() if parts is None else parts
    found = advise(SMALL | needs, measured(kept), cores)
    assert found
    return found


def chosen(**given: Any) -> str:
    return verdict(**given).title


def test_a_small_team_runs_one_application() -> None:
    assert chosen() == "One application, one database"


def test_several_teams_that_want_what_is_true_now_call_each_other() -> None:
    assert chosen(people=PEOPLE_PER_TEAM + 1, age=0.0).startswith("Services behind a gateway")


def test_pages_that_come_during_an_outage_come_from_a_read_model() -> None:
    assert chosen(outage=True) == "Services with a read model, fed by events"


def test_what_contradicts_itself_is_met_by_nothing() -> None:
    found = verdict(outage=True, age=0.0)

    assert found.title == "Nothing here meets all of that"
    assert found.chosen is None
    assert [option.is_fit for option in found.options] == [False] * 4


def test_more_traffic_than_the_cores_can_bear_is_for_more_machines() -> None:
    fits, more = verdict(), verdict(reads=100_000.0, writes=10_000.0)

    assert fits.chosen
    assert fits.chosen.is_fit
    assert more.chosen
    assert more.chosen.is_too_much
    assert more.title == fits.title
    assert "The traffic fits on 2 cores" in more.needs.values()


def test_the_read_model_that_does_not_stand_is_not_advised() -> None:
    parts = figures.everything() | {"faults": figures.run(figures.faults(model_stands=False))}

    assert chosen(parts=parts, outage=True) == "Nothing here meets all of that"


def test_where_outages_were_not_measured_it_says_so() -> None:
    parts = {name: kept for name, kept in figures.everything().items() if name != "faults"}

    found = verdict(parts=parts, outage=True)

    by_title = {option.title: option for option in found.options}
    assert by_title["Services with a read model, fed by events"].meets["outage"] is None
    assert by_title["One application, one database"].meets["outage"] is False


def test_without_figures_there_is_no_verdict(client: Client, kept: Any) -> None:
    assert advise(SMALL, {}, 2) is None
    assert "have not been measured yet" in client.get(PAGE).text


def test_figures_of_another_version_are_none(client: Client, kept: Any) -> None:
    run = figures.run(figures.cost())
    results.store(
        kept, {"cost": results.Kept({**run.about, "machine": "a large one"}, run.results)}
    )

    assert "have not been measured yet" in client.get(PAGE).text


def test_the_page_has_the_form_and_a_verdict(client: Client, everything: None) -> None:
    page = get(client, f"{PAGE}?people=40&reads=5&writes=1&age=30&outage=on")

    assert "Services with a read model" in page.inside("advice-title")
    assert page.find("input", id="id_people").attributes["value"] == "40"
    assert "checked" in page.find("input", id="id_outage").attributes
    assert len(page.all("tr")) == 5


@pytest.mark.parametrize(
    "needs",
    [
        {"people": "0"},
        {"people": "many"},
        {"reads": "nan"},
        {"reads": "-1"},
        {"writes": "1e99"},
        {"age": "\0"},
        {"age": ""},
    ],
)
def test_needs_that_are_none_are_refused_in_the_form(
    client: Client, everything: None, needs: dict[str, str]
) -> None:
    whole = {"people": "3", "reads": "1", "writes": "1", "age": "5"} | needs

    response = client.get(PAGE, whole)

    assert response.status_code == 400
    assert response.text.count('class="field-error"') == 1
    assert "advice-title" not in response.text


def test_the_form_is_first_shown_with_needs_that_have_a_verdict(everything: None) -> None:
    needs = Needs.usual()

    assert needs.is_valid()
    assert advise(needs.cleaned_data, measured(results.load()), 2)
