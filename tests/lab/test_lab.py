"""A sandbox is a place of its own; its processes start, or the error has their log, and end in any
case. Outside, nothing of the lab is there."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import psutil
import pytest
from django.core.management.utils import get_random_secret_key
from django.test import Client as DjangoClient

from config.processes.layout import Layout, Program
from config.processes.paths import BASE
from lab.errors import LabFailed, wait_until
from lab.sandbox import Sandbox, sandbox
from lab.stack import Stack, free_port
from tests.running import assert_gone

SECONDS = 60
OUTSIDE = {
    "DJANGO_SETTINGS_MODULE": "lab.settings",
    "ALLOWED_HOSTS": "blog.example",
    "SECRET_KEY": get_random_secret_key(),
}


@pytest.fixture
def var(tmp_path: Path, settings: Any) -> Path:
    """The folder of a lab of the test's own."""
    settings.VAR_DIR = tmp_path
    return tmp_path


def test_no_setting_of_the_blog_comes_in(var: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SERVICES", "POSTS_URL", "POSTS_DATABASE_URL", "SECRET_KEY", "BROKER_URL"):
        monkeypatch.setenv(name, "mine")
    monkeypatch.setenv("DATABASE_URL", "sqlite:////home/me/{alias}.sqlite3")

    with sandbox(THROTTLE_WRITES="5/s") as box:
        assert not {"mine"} & set(box.environment.values())
        assert "DATABASE_URL" not in box.environment
        assert box.environment["THROTTLE_WRITES"] == "5/s"
        assert box.var.is_relative_to(var)
        assert box.environment["VAR_DIR"] == str(box.var)

    assert list((var / "lab").iterdir()) == []


@pytest.mark.parametrize(
    ("mine", "own"),
    [
        ("postgres://me@db.example:5432/blog_{alias}", "postgres://me@db.example:5432/"),
        ("mysql://me:pw@127.0.0.1/blog-{alias}?ssl=true", "mysql://me:pw@127.0.0.1/"),
    ],
)
def test_on_a_server_it_has_databases_of_its_own(
    var: Path, monkeypatch: pytest.MonkeyPatch, mine: str, own: str
) -> None:
    monkeypatch.setenv("DATABASE_URL", mine)
    monkeypatch.setattr(Sandbox, "run", lambda self, *arguments: None)  # there is no such server

    with sandbox() as box:
        url = box.environment["DATABASE_URL"]

    assert url.startswith(own)
    assert f"/{box.name}_{{alias}}" in url
    assert "blog" not in url


def test_what_a_process_prints_is_returned(var: Path) -> None:
    with sandbox() as box:
        printed = box.run("tests.lab.echo_arguments", "a", 2)
        assert printed == {"arguments": ["a", "2"], "settings": "lab.settings"}
        with pytest.raises(LabFailed, match="no arguments"):
            box.run("tests.lab.echo_arguments")


def test_outside_of_the_lab_nothing_is_counted_and_nothing_can_be_broken(
    client: DjangoClient,
) -> None:
    assert "X-Lab-Queries" not in client.get("/healthz").headers
    assert client.put("/lab/faults/", b"{}").status_code == 404
    assert client.post("/lab/monolith/join/").status_code == 404


def test_the_lab_is_for_loopback_alone() -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=BASE,
        env={**os.environ, **OUTSIDE},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert "the lab is for loopback alone" in done.stderr


def test_a_process_that_does_not_start_is_reported_with_its_log(var: Path) -> None:
    bad = Program("bad", "bad", (sys.executable, "-c", "raise SystemExit('no luck')"), port=1)
    with sandbox() as box, pytest.raises(LabFailed, match=r"bad did not start:\n.*no luck"):
        Stack(box, plan(bad)).start()


def test_processes_that_ignore_signals_end(var: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lab.stack.STOP_SECONDS", 0.2)
    with sandbox() as box:
        stack = Stack(box, plan(stubborn(box)))
        stack.start()
        pid = stack.leaders["stubborn"]
        family = [psutil.Process(pid), *psutil.Process(pid).children()]
        assert len(family) == 2

        stack.stop()

    assert_gone(family)
    assert stack.leaders == {}


def test_a_paused_stack_stands_still_as_soon_as_pause_returns(var: Path) -> None:
    with sandbox() as box, Stack(box, plan(stubborn(box))) as stack:
        stack.start()
        leader = psutil.Process(stack.leaders["stubborn"])
        family = [leader, *leader.children()]
        for _ in range(50):
            stack.pause()
            assert [each.status() for each in family] == [psutil.STATUS_STOPPED] * 2
            stack.resume()
        stack.kill()


def test_waiting_ends_with_the_condition_or_with_the_problem() -> None:
    values = iter([False, False, True, "never"])
    wait_until(lambda: next(values), SECONDS, "it does not come", step=0)
    assert list(values) == ["never"]
    with pytest.raises(LabFailed, match="it does not come"):
        wait_until(lambda: False, 0, lambda: "it does not come", step=0)


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
    """``manage.py compare reads --quick``, killed at the end where it still runs. It gets Ctrl+C
    even where the tests run in the background, which ignores it."""
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


def stubborn(box: Sandbox) -> Program:
    """A process that ignores TERM, as does its child."""
    code = (
        "import os, pathlib, signal, time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "parent = os.getpid()\n"
        "if os.fork():\n"
        f"    pathlib.Path({str(box.paths.ready('stubborn'))!r}).write_text(str(parent))\n"
        "time.sleep(300)\n"
    )
    return Program("stubborn", "stubborn", (sys.executable, "-c", code))
