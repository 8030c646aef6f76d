"""The page of the comparison is made of what results there are, and says what they are worth."""

from pathlib import Path

import pytest
from django.test import Client

from comparison import results
from tests.comparison import figures
from tests.comparison.comparing import NAMES, PAGE
from tests.comparison.comparing import kept as kept
from tests.pages import get


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


def test_a_run_that_is_worth_less_says_so(client: Client, kept: Path) -> None:
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


def test_what_the_file_says_is_text(client: Client, kept: Path) -> None:
    parts = figures.everything()
    parts["reads"].results["ways"][0]["title"] = "<script>\"&'</script>"
    parts["reads"].about["command"] = "<b>compare</b>"
    results.store(kept, parts)

    page = get(client, PAGE)

    assert "<script>\"&'</script>" in page.inside("reads")
    assert not page.all("b", **{"class": ""}) or "compare" not in page.html.split("<b>")[1][:10]
    assert len(page.all("script")) == 1
