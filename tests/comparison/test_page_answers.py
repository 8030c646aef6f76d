"""How the page of the comparison answers browsers and programs, without a database."""

import json
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from django.db import connections
from django.test import Client

from comparison import results
from tests.comparison import figures
from tests.comparison.comparing import PAGE
from tests.comparison.comparing import everything as everything
from tests.comparison.comparing import kept as kept
from tests.pages import get


def test_it_asks_no_database(client: Client, everything: None) -> None:
    asked: list[str] = []

    def refuse(execute: Any, sql: str, *rest: Any) -> None:
        asked.append(sql)
        raise AssertionError(sql)

    with ExitStack() as stack:
        for alias in connections:
            stack.enter_context(connections[alias].execute_wrapper(refuse))
        assert client.get(PAGE).status_code == 200
        assert client.get(f"{PAGE}results.json").status_code == 200

    assert asked == []


def test_the_delay_is_the_nearest_that_was_measured(client: Client, everything: None) -> None:
    for asked, shown in (("", "0"), ("?delay=5", "5"), ("?delay=4", "5"), ("?delay=1e9", "5")):
        page = get(client, PAGE + asked)
        panels = {
            e.attributes["data-panel"]: e.attributes
            for e in page.elements
            if "data-panel" in e.attributes
        }
        assert [name for name, panel in panels.items() if "hidden" not in panel] == [shown]
        slider = page.find("input", type="range").attributes
        assert (slider["value"], slider["aria-valuetext"]) == (shown, f"{shown} ms a hop")
        assert page.find("a", **{"aria-current": "true"}).attributes["data-delay"] == shown


@pytest.mark.parametrize("asked", ["nan", "inf", "-1", "one", "5\0", "9" * 400, ""])
def test_a_delay_that_is_none_is_no_error(client: Client, everything: None, asked: str) -> None:
    page = client.get(PAGE, {"delay": asked})

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
    answer = client.get(f"{PAGE}results.json")

    assert answer.headers["Content-Type"] == "application/json"
    assert answer.json() == json.loads(kept.read_text())


def test_only_reading_is_allowed(client: Client) -> None:
    assert client.post(PAGE).status_code == client.post(f"{PAGE}results.json").status_code == 405
