"""The tour, played on the real program in both topologies, to its end and to an early one."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.processes.paths import BASE
from tests.running import SECONDS, Run, wait_until

pytestmark = pytest.mark.xdist_group("processes")


SIGNALS = {"run": signal.SIGINT, "run-services": signal.SIGTERM}


@pytest.fixture(scope="module", params=SIGNALS)
def run(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    folder = tmp_path_factory.mktemp("tour")
    with Run(request.param, folder / "var", {"THROTTLE_WRITES": ""}) as run:
        yield run


def test_all_checks_pass_and_everything_runs_afterwards(run: Run) -> None:
    tour = _tour(run)
    output, errors = tour.communicate(timeout=3 * SECONDS)

    assert (tour.returncode, errors) == (0, ""), output
    assert "✗" not in output
    for check in (
        "✓ Bob's comment is rejected",
        "✓ Bob sees his comment, “rejected”",
        "✓ Dora sees her comment, “awaiting moderation”",
        "✓ they read: “1 comment is awaiting moderation.”",
        "✓ Dora's comment is approved",
        "✓ the page is empty",
        "✓ the API's response is the same as before, byte for byte",
    ):
        assert check in output
    apart = "✓ only writing is not possible meanwhile" in output
    assert apart == (run.command == "run-services")
    assert ("query-web is started alone" in output) == apart
    assert _all_alive(run)


def test_interrupted_it_starts_again_what_it_stopped(run: Run, tmp_path: Path) -> None:
    with (tmp_path / "output").open("w") as out:
        tour = _tour(run, out.fileno())
    wait_until(lambda: "moderation is stopped" in (tmp_path / "output").read_text(), run)
    tour.send_signal(SIGNALS[run.command])
    _, errors = tour.communicate(timeout=SECONDS)

    assert tour.returncode == 130
    assert errors == "hindsight: started again: moderation\n"
    assert _all_alive(run)


def test_a_check_that_fails_is_reported_and_leaves_everything_running(run: Run) -> None:
    _switch_rules(run, on=False)
    tour = _tour(run)
    _, errors = tour.communicate(timeout=2 * SECONDS)
    _switch_rules(run, on=True)

    assert tour.returncode == 1
    assert "expected rejected, got approved" in errors
    assert errors.count("\n") == 1
    assert _all_alive(run)


def _switch_rules(run: Run, *, on: bool) -> None:
    switch = f"from moderation.models import Rule; Rule.objects.update(enabled={on})"
    subprocess.run(
        [sys.executable, "manage.py", "shell", "-c", switch],
        cwd=BASE,
        env=run.environment,
        capture_output=True,
        check=True,
    )


def _tour(run: Run, stdout: int = subprocess.PIPE) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "lab.tour"],
        cwd=BASE,
        env=run.environment,
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
    )


def _all_alive(run: Run) -> bool:
    status = run.do("status").stdout
    return "running" in status and "stopped" not in status and "fatal" not in status
