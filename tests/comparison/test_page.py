"""The page of the comparison is complete: all that was measured, in words and in pictures."""

from django.test import Client

from comparison.claims import CLAIMS
from comparison.parts import PARTS
from tests.comparison.comparing import NAMES, PAGE
from tests.comparison.comparing import everything as everything
from tests.comparison.comparing import kept as kept
from tests.pages import get

TITLES = {part.name: part.title for part in PARTS}


def test_every_part_is_there_with_its_run_its_numbers_and_its_claims(
    client: Client, everything: None
) -> None:
    page = get(client, PAGE)

    assert page.find("h1")
    for name in NAMES:
        part = page.inside(name)
        assert TITLES[name] in part
        assert "24 Nov 2026, 07:43 UTC on A processor, 2 cores, sqlite" in part
        assert "with care." in part
    assert page.text.count("Claims from elsewhere, in our words, beside") >= 4
    assert "not been measured" not in page.text
    assert "One join: 1 query for 100 posts, 20 ms." in page.inside("reads")
    assert CLAIMS["one-request-per-post"].text in page.inside("reads")
    assert CLAIMS["tail-at-scale"].source in page.inside("faults")
    assert "Python 3.11.7" in page.inside("runs")
    assert "A processor, 2 cores, 4\N{NO-BREAK SPACE}GB, sqlite, of commit c83f5c2." in page.html


def test_plots_have_words_and_tables_have_heads(client: Client, everything: None) -> None:
    page = get(client, PAGE)

    plots = page.all("svg", role="img")
    assert len(plots) >= 10
    ids = {element.attributes["id"] for element in page.elements if "id" in element.attributes}
    for plot in plots:
        title, description = plot.attributes["aria-labelledby"].split()
        assert {title, description} <= ids
        assert page.inside(title)
        assert len(page.inside(description)) > 20
    assert len(page.all("table")) == len(page.all("caption"))
    assert len(page.all("th", scope="row")) > 100
    assert len(ids) == len([e for e in page.elements if "id" in e.attributes]), "an id stands twice"


def test_nothing_stands_in_the_page_that_a_strict_policy_forbids(
    client: Client, everything: None
) -> None:
    page = get(client, PAGE)

    assert not page.all("style")
    assert all(script.attributes["src"] for script in page.all("script"))
    for element in page.elements:
        assert not [name for name in element.attributes if name == "style" or name[:2] == "on"]


def test_every_page_leads_there(client: Client) -> None:
    nowhere = get(client, "/nowhere/", status=404)

    assert nowhere.find("a", href=PAGE)
