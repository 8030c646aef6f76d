"""``manage.py compare``: what it takes, and which results stand."""

import json
import re
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from comparison import results
from comparison.lab import about
from comparison.parts import CLAIMS, PARTS
from comparison.results import Kept


@pytest.fixture
def here(kept: Path) -> Path:
    """Where this machine's results go; the repository's are out of reach."""
    return results.here()


def test_a_part_replaces_its_own_last_results_alone(here: Path) -> None:
    results.store(here, {"reads": a_run("old"), "faults": a_run("old")})
    results.store(here, {"reads": a_run("new")})

    found = {name: kept.results["which"] for name, kept in results.read(here).items()}
    assert found == {"reads": "new", "faults": "old"}
    assert [path.name for path in here.parent.iterdir()] == [here.name]


def test_a_quick_run_does_not_stand_for_a_full_run(here: Path, kept: Path) -> None:
    results.store(kept, {"reads": a_run("repository"), "faults": a_run("repository")})
    results.store(here, {"reads": a_run("quick", quick=True), "faults": a_run("full")})

    found = {name: run.results["which"] for name, run in results.load().items()}
    assert found == {"reads": "repository", "faults": "full"}


def test_nothing_to_show(here: Path) -> None:
    with pytest.raises(CommandError, match="reads was not measured yet"):
        call_command("compare", "reads", "--show")


def test_there_is_no_such_part(here: Path) -> None:
    with pytest.raises(CommandError, match="invalid choice: 'nothing'"):
        call_command("compare", "nothing")


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (["--keep", "--quick"], "leave out --quick"),
        (["--markdown"], "--markdown needs --show"),
        (["--delay", "0"], "--delay needs --show"),
        (["--show", "--quick"], "leave out --quick"),
        (["--show", "--keep"], "leave out --keep"),
        (["--show", "--delay", "0"], "with --svg"),
    ],
)
def test_options_that_do_not_go_together(here: Path, options: list[str], why: str) -> None:
    with pytest.raises(CommandError, match=why) as error:
        call_command("compare", "reads", *options)
    assert error.value.returncode == 2


def test_every_part_has_a_title_a_question_and_a_measurement() -> None:
    assert [part.name for part in PARTS] == ["reads", "history", "delivery", "cost", "faults"]
    for part in PARTS:
        assert part.title
        assert part.question.endswith("?")
        assert callable(part.module("measure").measure)


def test_every_finding_names_a_known_claim() -> None:
    for part in PARTS:
        assert [rule.claim for rule in part.module("findings").FINDINGS] == list(part.findings)
        assert part.findings.keys() <= CLAIMS.keys()
    assert all(claim.source for claim in CLAIMS.values())


def test_a_run_records_where_it_was_made() -> None:
    run = about("manage.py compare all", False, "sqlite")

    assert run["machine"]["cores"] >= 1
    assert run["machine"]["memory_bytes"] > 1_000_000
    assert run["machine"]["processor"]
    assert re.fullmatch(r"([0-9a-f]{7,}(, with changes)?)?", run["commit"])
    assert run["versions"].keys() >= {"Python", "Django", "SQLite"}
    json.dumps(run)


def a_run(which: str, *, quick: bool = False) -> Kept:
    return Kept({"quick": quick}, {"which": which})
