"""The demo's parts: how it waits, what it says when something is not as expected."""

import io
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console

from config.processes.paths import BASE
from lab.tour.teller import Failed, Teller
from lab.tour.waiting import until


@pytest.fixture
def output() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def teller(output: io.StringIO) -> Teller:
    return Teller(Console(file=output, highlight=False))


def test_waiting_ends_with_what_is_good_or_with_what_there_is() -> None:
    looks = iter(["pending", "pending", "approved", "never"])
    assert until(lambda: next(looks), "approved".__eq__, 10) == "approved"
    assert until(lambda: "pending", "approved".__eq__, 0) == "pending"


def test_a_pipe_gets_plain_lines(teller: Teller, output: io.StringIO) -> None:
    long = "word " * 40 + "end"
    teller.step("One [step]")
    teller.do("make stop", "done")
    teller.see(long, seen=1, expected=1)
    teller.await_("it comes", lambda: "here", "here", seconds=1)
    lines = output.getvalue().splitlines()
    assert lines[1].startswith("1. One [step] ─")
    assert lines[2:] == ["    make stop → done", f"    ✓ {long}", "    ✓ it comes"]


def test_a_check_that_fails_says_what_was_expected_and_seen(
    teller: Teller, output: io.StringIO
) -> None:
    with pytest.raises(Failed, match="Ann is approved: expected approved, saw pending"):
        teller.await_("Ann is approved", lambda: "pending", "approved", seconds=0)
    with pytest.raises(Failed, match="saw rejected"):
        teller.await_("Ann", lambda: "rejected", "approved", seconds=60, final=["rejected"])
    assert output.getvalue() == "    ✗ Ann is approved\n    ✗ Ann\n"


def test_nothing_running_is_one_line(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "lab.tour"],
        cwd=BASE,
        env={"VAR_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("hindsight: nothing is running here")
    assert done.stderr.count("\n") == 1
