"""A small run of the part: every figure is there, for every column, and is of that column."""

import io
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import call_command
from django.test import override_settings

from comparison import results
from comparison.claims import CLAIMS
from comparison.cost import measure as measuring
from comparison.cost.columns import COLUMNS
from comparison.cost.figures import figures
from comparison.cost.plan import FULL, QUICK, Plan

pytestmark = pytest.mark.xdist_group("cost")

TINY = Plan(posts=6, rounds=2, writes=3, followed=2, reads=2, rates=(20, 5), seconds=0.3, rest=0.2)
NAMES = ["one", "modules", "services"]


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """What the command prints; its results are where it keeps them."""
    here = tmp_path_factory.mktemp("cost")
    told = io.StringIO()
    with pytest.MonkeyPatch.context() as patched, override_settings(VAR_DIR=here):
        patched.setattr(measuring, "QUICK", TINY)
        call_command("compare", "cost", "--quick", stdout=told)
        yield told.getvalue()
    assert list((here / "lab").iterdir()) == []


@pytest.fixture(scope="module")
def found(said: str) -> dict[str, Any]:
    return results.read(results.here())["cost"].results


@pytest.fixture(scope="module")
def by_column(found: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The rows of each figure that has one for each column."""
    single = ("write", "end_to_end", "cpu", "memory", "running")
    rows = {name: found[name] for name in single}
    rows |= {name: found[name]["cells"] for name in ("stored", "code", "touched")}
    assert all([row["column"] for row in some] == NAMES for some in rows.values())
    return {name: {row["column"]: row for row in some} for name, some in rows.items()}


def test_every_figure_is_shown_for_every_column(said: str, found: dict[str, Any]) -> None:
    assert [column["name"] for column in found["columns"]] == NAMES
    shown = list(figures(found))
    assert all(len(figure.values) == len(NAMES) for figure in shown)
    assert all(value is not None for figure in shown for value in figure.values)
    for text in (*(column.short for column in COLUMNS), "moderation-worker", "query/models.py"):
        assert text in said


def test_as_much_was_measured_as_was_planned(found: dict[str, Any]) -> None:
    assert [row["count"] for row in found["write"]] == [6] * 3
    assert [row["count"] for row in found["end_to_end"]] == [4] * 3
    assert {(row["column"], row["kind"]): row["count"] for row in found["reads"]} == {
        (name, kind): 4 for name in NAMES for kind in ("idle", "afresh", "amid")
    }
    for row in found["write"] + found["end_to_end"] + found["reads"]:
        assert 0 < min(row["samples_ms"]) <= row["p50_ms"] <= row["p95_ms"] <= row["p99_ms"]


def test_the_curve_has_a_point_for_every_rate_that_was_tried(found: dict[str, Any]) -> None:
    cells = found["staleness"]["cells"]

    assert [cell["column"] for cell in cells if cell["rate"] == 5] == NAMES
    for cell in cells:
        assert cell["sent"] == round(cell["rate"] * TINY.seconds)
        assert (cell["failed"], cell["shown"], cell["kept_up"]) == (0, cell["sent"], True)
        assert 0 < cell["achieved"] <= cell["rate"]
        assert cell["p50_ms"] < cell["since_due_p50_ms"]
        assert 0 < cell["write_p50_ms"] <= cell["write_p95_ms"]


def test_each_column_is_what_it_says(by_column: dict[str, Any]) -> None:
    running = by_column["running"]
    assert {name: running[name]["programs"] for name in NAMES} == dict(
        zip(NAMES, (1, 4, 8), strict=True)
    )
    assert {name: running[name]["databases"] for name in NAMES} == dict(
        zip(NAMES, (1, 6, 6), strict=True)
    )
    for name in NAMES:
        assert running[name]["processes"] >= running[name]["programs"]
        assert running[name]["connections"] >= running[name]["databases"]
        memory = by_column["memory"][name]
        assert memory["bytes"] == sum(process["bytes"] for process in memory["processes"])
        assert len(memory["processes"]) == running[name]["processes"]
    # The workers' processes alone are more than one application.
    assert by_column["memory"]["one"]["bytes"] < by_column["memory"]["modules"]["bytes"]


def test_a_text_is_stored_once_or_five_times(by_column: dict[str, Any]) -> None:
    stored = by_column["stored"]

    assert (stored["one"]["times_comment"], stored["one"]["times_post"]) == (1, 1)
    assert 4 < stored["services"]["times_comment"] <= 5
    assert stored["services"]["times_post"] == 3
    assert stored["services"]["text_bytes"] == stored["modules"]["text_bytes"]
    assert stored["services"]["bytes"] > stored["one"]["bytes"]


def test_claims_are_those_that_there_are(found: dict[str, Any]) -> None:
    for figure, claims in found["claims"].items():
        assert figure in found
        assert set(claims) <= CLAIMS.keys()


def test_plans_are_within_reason() -> None:
    for plan in (QUICK, FULL):
        assert plan.rounds
        assert plan.rates
        assert plan.posts >= 20  # a page of them
    assert QUICK.seconds * len(QUICK.rates) < FULL.seconds
