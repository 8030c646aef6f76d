"""The page of the comparison: complete and safe, whatever stands in the file of results."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import msgspec
import pytest
from django.db import connections
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from comparison import results
from comparison.page import content
from comparison.parts import CLAIMS, PARTS
from tests.comparison import figures
from tests.pages import Page, get

NAMES = [part.name for part in PARTS]
PAGE = "/comparison/"

pytestmark = pytest.mark.usefixtures("kept")

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


@pytest.mark.django_db(databases=["default", "query"])  # an unknown address may have been a post.s
def test_every_page_leads_there(client: Client) -> None:
    nowhere = get(client, "/nowhere/", status=404)

    assert nowhere.find("a", href=PAGE)


def test_it_queries_no_database(client: Client, everything: None) -> None:
    queries: list[str] = []

    def refuse(execute: Any, sql: str, *rest: Any) -> None:
        queries.append(sql)
        raise AssertionError(sql)

    with ExitStack() as stack:
        for alias in connections:
            stack.enter_context(connections[alias].execute_wrapper(refuse))
        assert client.get(PAGE).status_code == 200
        assert client.get(f"{PAGE}results.json").status_code == 200

    assert queries == []


def test_the_delay_is_the_nearest_that_was_measured(client: Client, everything: None) -> None:
    for query, shown in (("", "0"), ("?delay=5", "5"), ("?delay=4", "5"), ("?delay=1e9", "5")):
        page = get(client, PAGE + query)
        panels = {
            e.attributes["data-panel"]: e.attributes
            for e in page.elements
            if "data-panel" in e.attributes
        }
        assert [name for name, panel in panels.items() if "hidden" not in panel] == [shown]
        slider = page.find("input", type="range").attributes
        assert (slider["value"], slider["aria-valuetext"]) == (shown, f"{shown} ms a hop")
        assert page.find("a", **{"aria-current": "true"}).attributes["data-delay"] == shown


@pytest.mark.parametrize("delay", ["nan", "inf", "-1", "one", "5\0", "9" * 400, ""])
def test_a_delay_that_is_none_is_no_error(client: Client, everything: None, delay: str) -> None:
    page = client.get(PAGE, {"delay": delay})

    assert page.status_code == 200


def test_a_browser_that_has_it_does_not_get_it_again(
    client: Client, everything: None, kept: Path
) -> None:
    first = client.get(PAGE)
    again = client.get(PAGE, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")

    results.store(kept, {"reads": figures.run(figures.reads(monolith_join=1234.0))})
    changed = client.get(PAGE, headers={"If-None-Match": first.headers["ETag"]})
    assert changed.status_code == 200
    assert "6.2\N{NO-BREAK SPACE}s" in changed.text


def test_programs_get_the_same_numbers(client: Client, everything: None, kept: Path) -> None:
    response = client.get(f"{PAGE}results.json")

    assert response.headers["Content-Type"] == "application/json"
    assert response.json() == json.loads(kept.read_text())


def test_only_reading_is_allowed(client: Client) -> None:
    assert client.post(PAGE).status_code == client.post(f"{PAGE}results.json").status_code == 405


def test_nothing_was_measured(client: Client) -> None:
    page = get(client, PAGE)

    for name in NAMES:
        assert "has not been measured yet" in page.inside(name)
        assert f"manage.py compare {name}" in page.inside(name)
    assert "nothing to advise" in page.inside("verdict")
    assert not page.all("svg", role="img")


@pytest.mark.parametrize("name", NAMES)
def test_one_part_alone(client: Client, kept: Path, name: str) -> None:
    results.store(kept, {name: figures.everything()[name]})

    page = get(client, PAGE)

    missing = [each for each in NAMES if "has not been measured yet" in page.inside(each)]
    assert missing == [each for each in NAMES if each != name]
    assert page.all("svg", role="img")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        '{"schema": 1}',
        '{"schema": 1, "parts": []}',
        '{"schema": 2, "parts": {"reads": {"about": {}, "results": {}}}}',
        '{"schema": 1, "parts": {"reads": {"about": {"quick": false}}}}',
        '{"schema": 1, "parts": {"reads": 5, "faults": {"about": {}, "results": []}}}',
    ],
)
def test_another_file_is_as_none(client: Client, kept: Path, text: str) -> None:
    results.here().parent.mkdir(parents=True)
    for path in (kept, results.here()):
        path.write_text(text)

    assert "has not been measured yet" in get(client, PAGE).inside("reads")
    assert client.get(f"{PAGE}results.json").json() == {"schema": 1, "parts": {}}


def test_a_part_of_another_version_does_not_hide_the_others(client: Client, kept: Path) -> None:
    parts = figures.everything()
    del parts["reads"].results["posts"]
    results.store(kept, parts)

    page = get(client, PAGE)

    assert "are from another version" in page.inside("reads")
    assert "Slow calls" in page.inside("faults")
    assert "Events that are stored" in page.inside("verdict")


def test_a_run_that_is_less_reliable_has_a_warning(client: Client, kept: Path) -> None:
    parts = {
        "reads": figures.run(figures.reads(), quick=True, load=5.0),
        "faults": figures.run(figures.faults(), database="postgres"),
    }
    results.store(kept, parts)

    page = get(client, PAGE)

    assert "This was a quick run (--quick)" in page.inside("reads")
    assert "5 processes wanted to run on 2 cores" in page.inside("reads")
    assert "quick run" not in page.inside("faults")
    assert "measured on different machines or databases" in page.text


def test_what_is_in_the_file_is_escaped(client: Client, kept: Path) -> None:
    parts = figures.everything()
    parts["reads"].results["ways"][0]["title"] = "<script>\"&'</script>"
    parts["reads"].about["command"] = "<b>compare</b>"
    results.store(kept, parts)

    page = get(client, PAGE)

    assert "<script>\"&'</script>" in page.inside("reads")
    assert not page.all("b", **{"class": ""}) or "compare" not in page.html.split("<b>")[1][:10]
    assert all(script.attributes["src"] for script in page.all("script"))


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Of everything that stands anywhere in it."""
    inside = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    for key, each in inside:
        yield (*path, key)
        yield from places(each, (*path, key))


EVERYTHING = msgspec.to_builtins(figures.everything())
PLACES = list(places(EVERYTHING))
GONE = object()
OTHERS: tuple[Any, ...] = (GONE, None, 0, -1, 0.0, 1e308, 1e-308, "x", [], {}, [[]], True)


@given(
    st.lists(st.tuples(st.sampled_from(PLACES), st.sampled_from(OTHERS)), min_size=1, max_size=3)
)
def test_whatever_is_missing_or_odd_in_the_file_the_page_is_made(
    changes: list[tuple[tuple[Any, ...], Any]],
) -> None:
    touched = {path[0] for path, _ in changes}
    parts = json.loads(json.dumps({name: EVERYTHING[name] for name in touched}))
    for path, other in changes:
        put(parts, path, other)
    file = json.dumps({"schema": results.SCHEMA, "parts": parts})
    results.KEPT.write_text(file)

    made = content(results.load(), 5.0)

    assert [part.part.name for part in made["parts"]] == NAMES


def put(parts: Any, path: tuple[Any, ...], other: Any) -> None:
    """``other`` in this place, where there is still one."""
    *way, last = path
    for key in way:
        try:
            parts = parts[key]
        except (KeyError, IndexError, TypeError):
            return
    try:
        if other is GONE:
            del parts[last]
        else:
            parts[last] = other
    except (KeyError, IndexError, TypeError):
        return


def test_the_fuzz_has_somewhere_to_go() -> None:
    assert len(PLACES) > 1_000
    assert {path[0] for path in PLACES} == set(NAMES)
    assert Page("<p>one</p>").text == "one"
