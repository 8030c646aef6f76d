"""A process that may not start says why in one line."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

ENTRIES = {
    "web": ["-c", "import config.wsgi"],  # as granian does, which has a log of its own
    "worker": ["-m", "celery", "-A", "config", "worker", "-Q", "posts"],
    "a command": ["manage.py", "services"],
    "everything": ["-m", "config.processes", "run"],
}
NO_SECRET = "set SECRET_KEY: ALLOWED_HOSTS names hosts beyond this machine"


def start(entry: str, var: Path, **given: str) -> "subprocess.CompletedProcess[str]":
    environment = {name: value for name, value in os.environ.items() if name != "SECRET_KEY"}
    return subprocess.run(
        [sys.executable, *ENTRIES[entry]],
        cwd=settings.BASE_DIR,
        env=environment | {"VAR_DIR": str(var)} | given,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("entry", ENTRIES)
def test_there_is_no_default_secret_beyond_this_machine(entry: str, tmp_path: Path) -> None:
    done = start(entry, tmp_path, ALLOWED_HOSTS="blog.example,localhost")

    assert done.returncode == 1
    assert done.stderr == f"hindsight: cannot start with these settings: {NO_SECRET}\n"
    assert done.stdout == ""
    assert not (tmp_path / "secret_key").exists()


def test_what_a_command_makes_can_be_read_by_nobody_else(tmp_path: Path) -> None:
    var = tmp_path / "var"
    start("a command", var)  # finds no tables

    assert var.stat().st_mode & 0o077 == 0
    files = ["secret_key", "eventstore.sqlite3"]
    assert [(var / file).stat().st_mode & 0o777 for file in files] == [0o600, 0o600]


def test_a_setting_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    done = start("a command", tmp_path, CONSUMER_BATCH="many")

    assert done.returncode == 1
    assert done.stderr == (
        "hindsight: cannot start with these settings: "
        "CONSUMER_BATCH is a whole number from 1 to 1000000000, not 'many'\n"
    )
