"""The demo, played on the real program in both topologies, to its end and to an early one."""

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
    folder = tmp_path_factory.mktemp("demo")
    with Run(request.param, folder / "var", {"THROTTLE_WRITES": ""}) as run:
        yield run


def test_the_story_is_as_told_and_everything_runs_afterwards(run: Run) -> None:
    done = _demo(run)
    told, errors = done.communicate(timeout=3 * SECONDS)

    assert (done.returncode, errors) == (0, ""), told
    assert "✗" not in told
    for seen in (
        "✓ Bob's comment is rejected",
        "✓ the page says “awaiting moderation”",
        "✓ Dora's comment is approved",
        "✓ the page is empty",
        "✓ the API's answer is the same as before, byte for byte",
    ):
        assert seen in told
    apart = "✓ writing is what cannot be done meanwhile" in told
    assert apart == (run.command == "run-services")
    assert ("query-web is started alone" in told) == apart
    assert _all_alive(run)


def test_interrupted_it_starts_again_what_it_stopped(run: Run, tmp_path: Path) -> None:
    with (tmp_path / "told").open("w") as out:
        demo = _demo(run, out.fileno())
    wait_until(lambda: "moderation is stopped" in (tmp_path / "told").read_text(), run)
    demo.send_signal(SIGNALS[run.command])
    _, errors = demo.communicate(timeout=SECONDS)

    assert demo.returncode == 130
    assert errors == "hindsight: started again: moderation\n"
    assert _all_alive(run)


def test_a_check_that_fails_is_said_and_leaves_everything_running(run: Run) -> None:
    _switch_rules(run, on=False)
    demo = _demo(run)
    _, errors = demo.communicate(timeout=2 * SECONDS)
    _switch_rules(run, on=True)

    assert demo.returncode == 1
    assert "expected rejected, saw approved" in errors
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


def _demo(run: Run, stdout: int = subprocess.PIPE) -> "subprocess.Popen[str]":
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
