"""The lab's processes start or say why not, and end, whatever happens."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep

import psutil
import pytest

from config.processes.layout import Layout, Program
from config.processes.paths import BASE
from lab.errors import LabFailed
from lab.programs import free_port
from lab.sandbox import Sandbox, sandbox
from lab.stack import Stack
from tests.comparison.lab import var as var
from tests.running import assert_gone

SECONDS = 60


def test_a_process_that_does_not_start_is_told_with_its_last_words(var: Path) -> None:
    bad = Program("bad", "bad", (sys.executable, "-c", "raise SystemExit('no luck')"), port=1)
    with sandbox() as box, pytest.raises(LabFailed, match=r"bad did not start:\n.*no luck"):
        Stack(box, plan(bad)).start()


def test_processes_end_however_deaf_they_are(var: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lab.processes.STOP_SECONDS", 0.2)
    with sandbox() as box:
        stack = Stack(box, plan(deaf(box)))
        stack.start()
        [pid] = stack.pids("deaf")
        family = [psutil.Process(pid), *psutil.Process(pid).children()]
        assert len(family) == 2

        stack.close()

    assert_gone(family)
    assert stack.pids("deaf") == []


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 130), (signal.SIGKILL, -9)]
)
def test_an_interrupted_run_leaves_nothing_behind(
    tmp_path: Path, number: signal.Signals, code: int
) -> None:
    with comparing(tmp_path) as run:
        family = wait_for_family(run)
        run.send_signal(number)

        assert run.wait(SECONDS) == code

    assert_gone(family)
    assert list((tmp_path / "lab").iterdir()) == []


@contextmanager
def comparing(var: Path) -> Iterator[psutil.Popen]:
    """``manage.py compare reads --quick``, killed at the end where it still runs. It hears Ctrl+C
    also where the tests run in the background, which is deaf to it."""
    run = psutil.Popen(
        [sys.executable, "manage.py", "compare", "reads", "--quick"],
        cwd=BASE,
        env={**os.environ, "VAR_DIR": str(var)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    try:
        yield run
    finally:
        if run.poll() is None:
            run.kill()
            run.wait()


def wait_for_family(run: psutil.Popen, least: int = 8) -> list[psutil.Process]:
    """All that it has started, once that is enough to be in the middle."""
    end = monotonic() + SECONDS
    while len(family := run.children(recursive=True)) < least:
        assert monotonic() < end
        assert run.poll() is None
        sleep(0.05)
    return family


def plan(*programs: Program) -> Layout:
    return Layout("services", free_port(), programs)


def deaf(box: Sandbox) -> Program:
    """A process that does not listen to TERM, and neither does its child."""
    code = (
        "import os, pathlib, signal, time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "parent = os.getpid()\n"
        "if os.fork():\n"
        f"    pathlib.Path({str(box.places.ready('deaf'))!r}).write_text(str(parent))\n"
        "time.sleep(300)\n"
    )
    return Program("deaf", "deaf", (sys.executable, "-c", code))
