"""Exports and imports as a user runs them: killed, piped, and read by somebody who leaves."""

import signal
import subprocess
import sys
from pathlib import Path
from random import Random

import pytest
from django.conf import settings

from eventstore.cloudevents import to_line
from eventstore.importing import BATCH_EVENTS
from lab import data
from lab.bench.inside.filling import new_event
from tests.eventstore.processes import Processes
from tests.own import SECONDS

EVENTS = 3 * BATCH_EVENTS + 1


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a log with so many events."""
    file, random = tmp_path_factory.mktemp("log") / "log.jsonl", Random(data.SEED)
    events = (new_event(each, random) for each in data.history(EVENTS))
    file.write_bytes(b"".join(to_line(*each) for each in enumerate(events, 1)))
    return file


def manage(
    processes: Processes, *arguments: str, stdin: int | None = None, stdout: int = subprocess.PIPE
) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [sys.executable, "manage.py", *arguments],
        cwd=settings.BASE_DIR,
        env=processes.env,
        stdin=stdin,
        stdout=stdout,
        stderr=subprocess.PIPE,
    )


def succeeds(processes: Processes, *arguments: str) -> str:
    done = manage(processes, *arguments)
    out, errors = done.communicate(timeout=SECONDS)
    assert done.returncode == 0, errors
    return out.decode()


def test_an_import_that_is_killed_continues(
    fresh_processes: Processes, log: Path, tmp_path: Path
) -> None:
    processes, copy = fresh_processes, tmp_path / "copy.jsonl"
    for _ in range(2):  # in each other batch
        killed = processes.start("importing", log, 1)
        _, errors = killed.communicate(timeout=SECONDS)
        assert killed.returncode == -signal.SIGKILL, errors
        assert succeeds(processes, "services").count("by manage.py events import") == 3

    done = succeeds(processes, "events", "import", str(log))
    left = EVENTS - 2 * BATCH_EVENTS
    assert f"{left:,} events imported in" in done
    assert f"{2 * BATCH_EVENTS:,} of the file were there already" in done
    assert "paused" not in succeeds(processes, "services")
    succeeds(processes, "events", "export", str(copy))
    assert copy.read_bytes() == log.read_bytes()


def test_a_log_is_piped(tmp_path: Path, log: Path) -> None:
    processes = Processes(tmp_path, f"sqlite:///{tmp_path}/{{alias}}.sqlite3")
    with log.open("rb") as stdin:
        first = manage(processes, "events", "import", "-", stdin=stdin.fileno())
        out, errors = first.communicate(timeout=SECONDS)
    assert f"{EVENTS:,} events imported in".encode() in out, errors

    source = manage(processes, "events", "export", "-")
    assert source.stdout
    target = manage(processes, "events", "import", "-", stdin=source.stdout.fileno())
    source.stdout.close()  # the target has it
    source.stdout = None
    out, errors = target.communicate(timeout=SECONDS)
    _, summary = source.communicate(timeout=SECONDS)
    assert (target.returncode, source.returncode) == (0, 0), errors + summary
    assert f"{EVENTS:,} of the file were there already".encode() in out
    assert f"{EVENTS:,} events exported in".encode() in summary

    left = manage(processes, "events", "export", "-")
    assert left.stdout
    assert left.stdout.readline().startswith(b'{"specversion":"1.0"')
    left.stdout.close()
    left.stdout = None
    _, errors = left.communicate(timeout=SECONDS)
    assert left.returncode == 1
    assert errors == b"CommandError: nobody read the export to its end\n"
