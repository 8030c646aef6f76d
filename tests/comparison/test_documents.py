"""The comparison's numbers in the documents are those of the run that the repository keeps."""

import io
from pathlib import Path

import pytest
from django.core.management import call_command

from config.processes.paths import BASE


@pytest.mark.parametrize(("part", "place"), [("reads", "README.md"), ("all", "docs/comparison.md")])
def test_the_tables(part: str, place: str) -> None:
    said = io.StringIO()
    call_command("compare", part, "--show", "--kept", "--markdown", stdout=said)

    assert said.getvalue().strip() in (BASE / place).read_text()


def test_the_plot(tmp_path: Path) -> None:
    drawn = tmp_path / "comparison.svg"
    options = ("--show", "--kept", "--svg", str(drawn))
    call_command("compare", "reads", *options, stdout=io.StringIO())

    assert drawn.read_text() == (BASE / "docs/comparison.svg").read_text()
