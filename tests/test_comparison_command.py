"""``manage.py compare``: what it takes, shows and keeps."""

import io
import json
import re
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from comparison import results
from comparison.claims import CLAIMS
from comparison.faults import measuring as faults
from comparison.faults.slow_calls import Curve
from comparison.history import WAYS as TO_THE_PAST
from comparison.history import measuring as history
from comparison.history.newcomer import Newcomer
from comparison.history.plan import Plan
from comparison.lab.lab import Lab
from comparison.lab.stack import Stack
from comparison.machine import about
from comparison.parts import NAMES, parts
from comparison.reads import WAYS
from comparison.reads import measuring as reads
from comparison.results import Kept
from tests.pages import get

TINY = {
    "reads": (reads, reads.Plan(posts=(1, 3), delays=(0.0, 0.001), most=2, least=2)),
    "history": (
        history,
        Plan(
            posts=(2, 3),
            delays=(0.0, 0.001),
            most=2,
            least=2,
            outage_posts=2,
            targets=("comments-database", "eventstore-database"),
            listens=("after",),
        ),
    ),
    "faults": (
        faults,
        faults.Plan(
            targets=("posts", "databases"),
            pages={"down": 1, "failing": 3},
            posts=2,
            patience=2.0,
            curve=Curve(shares=(0.5,), calls=(1, 2), pages=4, seconds=0.05),
        ),
    ),
}

WAYS_OF: dict[str, tuple[Any, ...]] = {"reads": WAYS, "history": TO_THE_PAST, "faults": WAYS}


@pytest.fixture
def here(tmp_path: Path, settings: Any) -> Path:
    """Where results go; the repository's are out of reach."""
    settings.VAR_DIR = tmp_path
    return results.here()


@pytest.fixture(autouse=True)
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "repository.json"
    monkeypatch.setattr(results, "KEPT", path)
    return path


@pytest.fixture
def tiny(
    here: Path, lab: Lab, lab_stack: Stack, late: Newcomer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Plans that take a second, on the processes that are there."""
    for module, plan in TINY.values():
        monkeypatch.setattr(module, "QUICK", plan)
        monkeypatch.setattr(module, "FULL", plan)
    # What all tests share does not end with one of them.
    monkeypatch.setattr("comparison.management.commands.compare.Lab", lambda: nullcontext(lab))
    monkeypatch.setattr(history, "newcomer", lambda *given: nullcontext(late))


@pytest.mark.parametrize("name", TINY)
def test_a_part_is_measured_shown_and_stored(tiny: None, here: Path, name: str) -> None:
    said = compare(name, "--quick")

    assert parts()[name].title in said
    assert all(way.title in said for way in WAYS_OF[name])
    stored = json.loads(here.read_text())
    assert stored["schema"] == results.SCHEMA
    assert stored["parts"].keys() == {name}
    kept = stored["parts"][name]
    assert kept["about"]["quick"] is True
    assert kept["about"].keys() >= {"date", "command", "seconds", "machine", "versions", "database"}
    assert {cell["way"] for cell in kept["results"]["cells"]} == {way.name for way in WAYS_OF[name]}
    assert compare(name, "--show").replace("\n", "") in said.replace("\n", "")


@pytest.mark.parametrize("name", TINY)
def test_what_was_measured_is_on_the_page(tiny: None, client: Client, name: str) -> None:
    compare(name)

    page = get(client, "/comparison/")

    assert "has not been measured" not in page.inside(name)
    assert "is from another version" not in page.inside(name)
    assert "Measured " in page.inside(name)
    assert page.all("svg", role="img")
    assert page.inside("verdict").count("When ") >= 1


def test_the_figures_of_a_page_are_there(tiny: None, here: Path) -> None:
    compare("reads")

    found = results.read(here)["reads"].results
    cells = {(each["way"], each["posts"], each["delay_ms"]): each for each in found["cells"]}
    assert len(cells) == len(WAYS) * 2 * 2
    cell = cells["per-post", 3, 1.0]
    assert (cell["requests"], cell["queries"], cell["rounds"]) == (4, 7, 2)
    assert cell["waited_ms"] >= 4
    assert len(cell["samples_ms"]) == 2
    assert cell["min_ms"] <= cell["p50_ms"] <= cell["p95_ms"] <= cell["max_ms"]
    assert [hop["delay_ms"] for hop in found["network"]] == [0.0, 1.0]
    assert found["network"][1]["round_trip_ms"] >= 1.0


def test_the_figures_of_an_outage_are_there(tiny: None, here: Path) -> None:
    compare("faults")

    found = results.read(here)["faults"].results
    cells = {(each["way"], each["target"], each["mode"]): each for each in found["cells"]}
    assert cells["per-post", "posts", "down"]["share"] == 0
    assert cells["per-post", "posts", "down"]["p50_ms"] is None
    assert cells["read-model", "posts", "down"]["share"] == 1
    assert cells["direct", "databases", "down"]["injected"] == 1
    assert [row["calls"] for row in found["slow_calls"]] == [1, 2]
    assert [row["formula"] for row in found["slow_calls"]] == [0.5, 0.75]
    assert [row["met"] for row in found["slow_calls"]] == [4, 8]


def test_the_figures_of_a_newcomer_are_there(tiny: None, here: Path) -> None:
    compare("history")

    found = results.read(here)["history"].results
    cells = {(each["way"], each["posts"], each["delay_ms"]): each for each in found["cells"]}
    assert len(cells) == len(TO_THE_PAST) * 2 * 2
    cell = cells["requests-per-post", 3, 1.0]
    assert (cell["requests"], cell["queries"], cell["rounds"]) == (4, 3 + 3 * 4, 2)
    assert cell["p50_ms"] >= 4
    assert cell["rows"] == found["blogs"][1]["posts"] + found["blogs"][1]["comments"]
    assert cells["events-caught-up", 3, 1.0]["records"] == found["blogs"][1]["heard"]
    assert found["outages"]["posts"] == 2
    assert {row["way"] for row in found["moving"]["cells"]} == {way.name for way in TO_THE_PAST}
    assert {row["type"] for row in found["facts"]} >= {"PostCreated", "CommentModerated"}


def test_a_part_replaces_its_own_last_results_alone(here: Path) -> None:
    results.store(here, {"reads": a_run("old"), "faults": a_run("old")})
    results.store(here, {"reads": a_run("new")})

    found = {name: kept.results["which"] for name, kept in results.read(here).items()}
    assert found == {"reads": "new", "faults": "old"}
    assert [path.name for path in here.parent.iterdir()] == [here.name]


def test_a_glance_does_not_stand_for_a_full_run(here: Path, kept: Path) -> None:
    results.store(kept, {"reads": a_run("repository"), "faults": a_run("repository")})
    results.store(here, {"reads": a_run("glance", quick=True), "faults": a_run("full")})

    found = {name: run.results["which"] for name, run in results.load().items()}
    assert found == {"reads": "repository", "faults": "full"}


def test_only_a_full_run_is_kept(tiny: None, here: Path, kept: Path) -> None:
    with pytest.raises(CommandError, match="leave out --quick"):
        compare("reads", "--quick", "--keep")
    assert not kept.exists()

    compare("reads", "--keep")
    assert results.read(kept) == results.read(here)


def test_nothing_to_show(here: Path) -> None:
    with pytest.raises(CommandError, match="reads was not measured yet"):
        compare("reads", "--show")


def test_there_is_no_such_part(here: Path) -> None:
    with pytest.raises(CommandError, match="invalid choice: 'nothing'"):
        compare("nothing")


def test_every_part_says_what_it_is() -> None:
    assert list(parts()) == list(NAMES)
    for name, part in parts().items():
        assert part.name == name
        assert part.title


def test_every_way_names_claims_that_there_are() -> None:
    for way in (*WAYS, *TO_THE_PAST):
        assert way.claims
        assert set(way.claims) <= CLAIMS.keys()
    assert all(claim.source for claim in CLAIMS.values())


def test_a_run_says_where_it_was_made() -> None:
    said = about("manage.py compare all", False, "sqlite")

    assert said["machine"]["cores"] >= 1
    assert said["machine"]["memory_bytes"] > 1_000_000
    assert said["machine"]["processor"]
    assert re.fullmatch(r"([0-9a-f]{7,}(, with changes)?)?", said["commit"])
    assert said["versions"].keys() >= {"Python", "Django", "SQLite"}
    json.dumps(said)


def compare(*arguments: str) -> str:
    """What the command says."""
    said = io.StringIO()
    call_command("compare", *arguments, stdout=said)
    return said.getvalue()


def a_run(which: str, *, quick: bool = False) -> Kept:
    return Kept({"quick": quick}, {"which": which})
