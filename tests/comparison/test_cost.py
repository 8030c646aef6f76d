"""A small run of the part: every figure is there, for every column, and is of that column."""

import io
from collections.abc import Iterator, Sequence
from typing import TypeVar

import msgspec
import pytest
from django.core.management import call_command
from django.test import override_settings

from comparison import results
from comparison.cost import measure
from comparison.cost.measure import FULL, QUICK, Plan
from comparison.cost.results import Cost, Row
from comparison.cost.running import COLUMNS
from comparison.cost.tables import measures

pytestmark = pytest.mark.xdist_group("cost")

TINY = Plan(posts=6, rounds=2, writes=3, followed=2, reads=2, rates=[20, 5], seconds=0.3, rest=0.2)
NAMES = ["one", "modules", "services"]
R = TypeVar("R", bound=Row)


@pytest.fixture(scope="module")
def output(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """What the command prints; its results are in its file."""
    here = tmp_path_factory.mktemp("cost")
    stdout = io.StringIO()
    with pytest.MonkeyPatch.context() as patched, override_settings(VAR_DIR=here):
        patched.setattr(measure, "QUICK", TINY)
        call_command("compare", "cost", "--quick", stdout=stdout)
        yield stdout.getvalue()
    assert list((here / "lab").iterdir()) == []


@pytest.fixture(scope="module")
def found(output: str) -> Cost:
    kept = results.read(results.here())["cost"]
    return msgspec.convert(kept.results, Cost)


def by_column(rows: Sequence[R]) -> dict[str, R]:
    assert [row.column for row in rows] == NAMES
    return {row.column: row for row in rows}


def test_every_figure_is_shown_for_every_column(output: str, found: Cost) -> None:
    assert [column.name for column in found.columns] == NAMES
    shown = measures(found)
    assert len(shown) == 18
    for figure in shown.values():
        assert list(figure.values) == NAMES
        assert None not in figure.values.values()
        assert figure.title in output
    for text in (*(column.short for column in COLUMNS), "moderation-worker", "query/models.py"):
        assert text in output


def test_as_much_was_measured_as_was_planned(found: Cost) -> None:
    assert [row.count for row in found.write] == [6] * 3
    assert [row.count for row in found.end_to_end] == [4] * 3
    assert {(row.column, row.kind): row.count for row in found.reads} == {
        (name, kind): 4 for name in NAMES for kind in ("idle", "afresh", "amid")
    }
    for row in (*found.write, *found.end_to_end, *found.reads):
        assert 0 < min(row.samples_ms) <= row.p50_ms
        assert row.p50_ms <= (row.p95_ms or 0) <= (row.p99_ms or 0)


def test_the_curve_has_a_point_for_every_rate_that_was_tried(found: Cost) -> None:
    cells = found.staleness.cells

    assert [cell.column for cell in cells if cell.rate == 5] == NAMES
    for cell in cells:
        assert cell.sent == round(cell.rate * TINY.seconds)
        assert (cell.failed, cell.shown, cell.kept_up) == (0, cell.sent, True)
        assert 0 < cell.achieved <= cell.rate
        assert (cell.p50_ms or 0) < (cell.since_due_p50_ms or 0)
        assert 0 < (cell.write_p50_ms or 0) <= (cell.write_p95_ms or 0)


def test_each_column_has_its_programs_and_databases(found: Cost) -> None:
    running, memory = by_column(found.running), by_column(found.memory)
    assert [running[name].programs for name in NAMES] == [1, 4, 8]
    assert [running[name].databases for name in NAMES] == [1, 6, 6]
    for name in NAMES:
        assert running[name].processes >= running[name].programs
        assert running[name].connections >= running[name].databases
        assert memory[name].bytes == sum(process.bytes for process in memory[name].processes)
        assert len(memory[name].processes) == running[name].processes
    # The workers' processes alone are more than one application.
    assert memory["one"].bytes < memory["modules"].bytes


def test_a_text_is_stored_once_or_five_times(found: Cost) -> None:
    stored = by_column(found.stored.cells)

    assert (stored["one"].times_comment, stored["one"].times_post) == (1, 1)
    assert 4 < (stored["services"].times_comment or 0) <= 5
    assert stored["services"].times_post == 3
    assert stored["services"].text_bytes == stored["modules"].text_bytes
    assert (stored["services"].bytes or 0) > (stored["one"].bytes or 0)


def test_plans_are_within_reason() -> None:
    for plan in (QUICK, FULL):
        assert plan.rounds
        assert plan.rates
        assert plan.posts >= 20  # a page of them
    assert QUICK.seconds * len(QUICK.rates) < FULL.seconds
