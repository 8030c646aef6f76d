"""The kept run is shown as the snapshots have it; and the documents have its numbers."""

import io
from pathlib import Path

import pytest
from django.core.management import call_command

from config.processes.paths import BASE
from tests.comparison import snapshots


@pytest.mark.parametrize("name", ["page.txt", "terminal.txt"])
def test_the_kept_run_is_shown_as_in_the_snapshot(name: str) -> None:
    assert snapshots.current()[name] == (snapshots.HERE / name).read_text(), (
        "what is shown has changed: if on purpose, run python -m tests.comparison.snapshots"
    )


@pytest.mark.parametrize(("part", "place"), [("reads", "README.md"), ("all", "docs/comparison.md")])
def test_the_tables(part: str, place: str) -> None:
    out = io.StringIO()
    call_command("compare", part, "--show", "--kept", "--markdown", stdout=out)

    assert out.getvalue().strip() in (BASE / place).read_text()


def test_the_plot(tmp_path: Path) -> None:
    drawn = tmp_path / "comparison.svg"
    options = ("--show", "--kept", "--svg", str(drawn))
    call_command("compare", "reads", *options, stdout=io.StringIO())

    assert drawn.read_text() == (BASE / "docs/comparison.svg").read_text()
