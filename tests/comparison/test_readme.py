"""What README shows of the comparison comes from the kept results, by a command."""

import io
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from comparison import results
from comparison.management.commands.compare import markdown
from comparison.parts import BY_NAME
from tests.comparison import figures

pytestmark = pytest.mark.usefixtures("everything")


def compare(*arguments: str) -> str:
    out = io.StringIO()
    call_command("compare", *arguments, stdout=out)
    return out.getvalue().replace("\N{NO-BREAK SPACE}", " ")


def test_tables_in_markdown_have_as_many_cells_in_each_row() -> None:
    for name, kept in figures.everything().items():
        text = markdown(BY_NAME[name], kept)
        rows = [line.count("|") for line in text.splitlines() if line.startswith("|")]
        assert len(rows) >= 4
        assert len(set(rows)) == 1
        assert "2 cores, load 1, sqlite: `manage.py compare`" in text


def test_the_main_numbers_of_the_ways() -> None:
    out = compare("reads", "--show", "--markdown")

    assert "| The per-post | 40 ms | 200 ms | 90 ms | 250 ms | 101 | 101 |" in out
    assert "20 posts, 0 ms a hop | 100 posts, 0 ms a hop | 20 posts, 5 ms a hop" in out


def test_what_the_repository_keeps_is_shown_with_kept(tmp_path: Path) -> None:
    own = figures.run(figures.reads(per_post=77.0), quick=True)
    results.store(results.here(), {"reads": own})

    assert "77 ms" in compare("reads", "--show", "--markdown")
    assert "77 ms" not in compare("reads", "--show", "--markdown", "--kept")


@pytest.mark.parametrize("part", ["reads", "faults"])
def test_a_plot_is_written_as_a_file(tmp_path: Path, part: str) -> None:
    path = tmp_path / "plot.svg"

    compare(part, "--show", "--svg", str(path), "--delay", "4")

    root = ET.parse(path).getroot()
    words = " ".join(root.itertext())
    assert "24 Nov 2026, 07:43 UTC, A processor, 2 cores, sqlite" in words
    assert ("5 ms a hop" in words) == (part == "reads")
    assert not [each for each in root.iter() if each.get("style")]


def test_what_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    for arguments, error in (
        (("all", "--show", "--svg", "plot.svg"), "takes one part"),
        (("reads", "--show", "--svg", str(tmp_path)), "cannot write"),
        (("reads", "--markdown"), "--markdown needs --show"),
    ):
        with pytest.raises(CommandError, match=error):
            compare(*arguments)


def test_a_part_without_a_picture_names_those_that_have_one(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="cost has no picture: take reads or faults"):
        compare("cost", "--show", "--svg", str(tmp_path / "plot.svg"))


def test_results_of_another_version_are_one_line(tmp_path: Path) -> None:
    results.store(results.KEPT, {"reads": figures.run({"posts": 5})})

    with pytest.raises(CommandError, match="cannot be drawn"):
        compare("reads", "--show", "--svg", str(tmp_path / "plot.svg"))
    assert compare("reads", "--show", "--markdown") == ""
