"""``manage.py compare``: each part is measured once, in seconds; then shown, kept, on the page."""

import io
import json
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client, override_settings

from comparison import results
from comparison.faults import measure as faults
from comparison.history import measure as history
from comparison.history.measure import Plan
from comparison.history.new_service import NewService
from comparison.history.ways import WAYS as HISTORY_WAYS
from comparison.lab import Lab
from comparison.parts import BY_NAME
from comparison.reads import measure as reads
from comparison.reads.ways import WAYS
from tests.pages import get

TINY = {
    "reads": (
        reads,
        reads.Plan(
            posts=(1, 3),
            delays=(0.0, 0.001),
            rates=(20, 40),
            seconds=0.2,
            max_rounds=2,
            min_rounds=2,
        ),
    ),
    "history": (
        history,
        Plan(
            posts=(2, 3),
            delays=(0.0, 0.001),
            most=2,
            least=2,
            outage_posts=2,
            targets=("comments-database", "eventstore-database"),
            subscribed=("after",),
        ),
    ),
    "faults": (
        faults,
        faults.Plan(
            targets=("posts", "databases"),
            pages={"down": 1, "failing": 3},
            posts=2,
            timeout=2.0,
            curve=faults.Curve(shares=(0.5,), calls=(1, 2), pages=4, seconds=0.05),
        ),
    ),
}

WAYS_OF: dict[str, tuple[Any, ...]] = {"reads": WAYS, "history": HISTORY_WAYS, "faults": WAYS}


@pytest.fixture(scope="module")
def plans(
    lab: Lab, _new_service: NewService, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[pytest.MonkeyPatch]:
    """Tiny plans, on the processes that are there; the repository's results are out of reach."""
    folder = tmp_path_factory.mktemp("measured")
    with pytest.MonkeyPatch.context() as patched, override_settings(VAR_DIR=folder):
        patched.setattr(results, "KEPT", folder / "repository.json")
        for module, plan in TINY.values():
            patched.setattr(module, "QUICK", plan)
            patched.setattr(module, "FULL", plan)
        # What all tests share does not end with one of them.
        patched.setattr("comparison.management.commands.compare.Lab", lambda: nullcontext(lab))
        patched.setattr(history, "new_service", lambda *given: nullcontext(_new_service))
        yield patched


@pytest.fixture(scope="module")
def output(plans: pytest.MonkeyPatch) -> dict[str, str]:
    """What the command prints of each part. Its results are kept."""
    return {name: compare(name, "--keep") for name in TINY}


@pytest.fixture
def found(output: dict[str, str]) -> dict[str, Any]:
    return {name: part.results for name, part in results.read(results.here()).items()}


@pytest.mark.parametrize("name", TINY)
def test_a_part_is_measured_shown_and_stored(output: dict[str, str], name: str) -> None:
    assert BY_NAME[name].title in output[name]
    assert all(way.title in output[name] for way in WAYS_OF[name])
    stored = json.loads(results.here().read_text())
    assert stored["schema"] == results.SCHEMA
    assert stored["parts"].keys() == TINY.keys()
    kept = stored["parts"][name]
    assert kept["about"]["quick"] is False
    assert kept["about"].keys() >= {"date", "command", "seconds", "machine", "versions", "database"}
    assert {cell["way"] for cell in kept["results"]["cells"]} == {way.name for way in WAYS_OF[name]}
    assert compare(name, "--show").replace("\n", "") in output[name].replace("\n", "")


@pytest.mark.parametrize("name", TINY)
def test_what_was_measured_is_on_the_page(
    output: dict[str, str], client: Client, name: str
) -> None:
    page = get(client, "/comparison/")

    assert "has not been measured" not in page.inside(name)
    assert "are from another version" not in page.inside(name)
    assert "Measured " in page.inside(name)
    assert page.all("svg", role="img")
    assert page.inside("verdict").count("When ") >= 1


def test_the_figures_of_a_page_are_there(found: dict[str, Any]) -> None:
    measured = found["reads"]
    cells = {(each["way"], each["posts"], each["delay_ms"]): each for each in measured["cells"]}
    assert len(cells) == len(WAYS) * 2 * 2
    cell = cells["per-post", 3, 1.0]
    assert (cell["requests"], cell["queries"], cell["rounds"]) == (4, 7, 2)
    assert cell["waited_ms"] >= 4
    assert len(cell["samples_ms"]) == 2
    assert cell["min_ms"] <= cell["p50_ms"] <= cell["p95_ms"] <= cell["max_ms"]
    assert [hop["delay_ms"] for hop in measured["network"]] == [0.0, 1.0]
    assert measured["network"][1]["round_trip_ms"] >= 1.0


def test_the_figures_of_an_outage_are_there(found: dict[str, Any]) -> None:
    measured = found["faults"]
    cells = {(each["way"], each["target"], each["mode"]): each for each in measured["cells"]}
    assert cells["per-post", "posts", "down"]["share"] == 0
    assert cells["per-post", "posts", "down"]["p50_ms"] is None
    assert cells["read-model", "posts", "down"]["share"] == 1
    assert cells["direct", "databases", "down"]["injected"] == 1
    assert [row["calls"] for row in measured["slow_calls"]] == [1, 2]
    assert [row["formula"] for row in measured["slow_calls"]] == [0.5, 0.75]
    assert [row["met"] for row in measured["slow_calls"]] == [4, 8]


def test_the_figures_of_a_new_service_are_there(found: dict[str, Any]) -> None:
    measured = found["history"]
    cells = {(each["way"], each["posts"], each["delay_ms"]): each for each in measured["cells"]}
    assert len(cells) == len(HISTORY_WAYS) * 2 * 2
    cell = cells["requests-per-post", 3, 1.0]
    assert (cell["requests"], cell["queries"], cell["rounds"]) == (4, 3 + 3 * 4, 2)
    assert cell["p50_ms"] >= 4
    assert cell["rows"] == measured["blogs"][1]["posts"] + measured["blogs"][1]["comments"]
    assert cells["events-caught-up", 3, 1.0]["records"] == measured["blogs"][1]["heard"]
    assert measured["outages"]["posts"] == 2
    assert {row["way"] for row in measured["moving"]["cells"]} == {way.name for way in HISTORY_WAYS}
    assert {row["type"] for row in measured["facts"]} >= {"PostCreated", "CommentModerated"}


def test_a_full_run_is_kept(output: dict[str, str]) -> None:
    kept = results.read(results.KEPT)
    assert kept.keys() == TINY.keys()
    assert kept == results.read(results.here())


def test_a_quick_run_is_not_kept(plans: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with override_settings(VAR_DIR=tmp_path):
        with pytest.raises(CommandError, match="leave out --quick"):
            compare("reads", "--quick", "--keep")
        assert not results.here().exists()

        compare("reads", "--quick")
        assert results.read(results.here())["reads"].about["quick"] is True


def compare(*arguments: str) -> str:
    """The command's output."""
    output = io.StringIO()
    call_command("compare", *arguments, stdout=output)
    return output.getvalue()
