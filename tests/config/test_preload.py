"""A process that is forked from a parent with everything loaded runs as if it had been started."""

import subprocess
import sys
from pathlib import Path

import pytest

from config.processes import preload
from config.processes.paths import BASE

# What supervisord does: signals of its own, variables, then a fork that becomes the program.
PARENT = """
import os, signal, sys
from config.processes import preload
for number in preload.LEFT_TO_US:
    signal.signal(number, lambda *_: None)
os.environ["OF_THE_PARENT"] = "1"
child = os.fork()
if not child:
    preload.become(["python", "-m", "program", "one", "two"], {"OF_THE_CHILD": "1"})
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


def run(program: str, folder: Path) -> "subprocess.CompletedProcess[str]":
    """What the process writes whose program is this text."""
    (folder / "program.py").write_text(program)
    return subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(folder)!r})\n{PARENT}"],
        cwd=BASE,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_it_has_the_programs_arguments_environment_and_signals(tmp_path: Path) -> None:
    ended = run(
        """
import os, signal, sys
from pathlib import Path
print(__name__, sys.argv[1:], dict(os.environ))
print(signal.getsignal(signal.SIGTERM) == signal.getsignal(signal.SIGCHLD) == signal.SIG_DFL)
if sys.platform == "linux":
    print(Path("/proc/self/cmdline").read_bytes().rstrip(b"\\0").split(b"\\0"))
""",
        tmp_path,
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    first, second, *shown = ended.stdout.splitlines()
    assert first == "__main__ ['one', 'two'] {'OF_THE_CHILD': '1'}"
    assert second == "True"
    assert shown in ([], ["[b'python', b'-m', b'program', b'one', b'two']"])


@pytest.mark.parametrize(
    ("last", "code", "errors"),
    [
        ("", 0, ""),
        ("sys.exit()", 0, ""),
        ("sys.exit(3)", 3, ""),
        ("sys.exit('in one line')", 1, "in one line\n"),
        ("raise ValueError('wrong')", 1, "ValueError: wrong\n"),
        ("os.kill(os.getpid(), signal.SIGTERM); time.sleep(60)", 256 - 15, ""),
    ],
)
def test_it_ends_as_the_program_does(tmp_path: Path, last: str, code: int, errors: str) -> None:
    ended = run(
        f"import os, signal, sys, time\nprint('printed')\nsys.stdout.flush()\n{last}", tmp_path
    )
    assert (ended.returncode, ended.stdout) == (code, "printed\n")
    assert ended.stderr.endswith(errors)


def test_what_is_to_be_done_at_its_end_is_done(tmp_path: Path) -> None:
    ended = run(
        """
import atexit, sys, threading
atexit.register(print, "at its end")
threading.Thread(target=print, args=["a thread"]).start()
print("not flushed", end="; ")
""",
        tmp_path,
    )
    assert ended.returncode == 0
    assert "a thread" in ended.stdout
    assert ended.stdout.endswith("at its end\n")


def test_everything_is_loaded_without_a_connection_or_a_thread(tmp_path: Path) -> None:
    """Neither would survive the fork."""
    program = """
import threading
from django.db import connections
from config.processes import preload
assert not preload.is_loaded(["python", "-m", "config.worker", "query"])
preload.load()
assert preload.is_loaded(["python", "-m", "config.worker", "query"])
assert not preload.is_loaded(["python", "-m", "somebody.elses"])
assert not preload.is_loaded(["/bin/sh", "-c", "true"])
print(threading.active_count(), [each.alias for each in connections.all() if each.connection])
"""
    ended = subprocess.run(
        [sys.executable, "-c", program],
        cwd=BASE,
        env={"VAR_DIR": str(tmp_path), "PATH": ""},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (ended.stdout, ended.stderr) == ("1 []\n", "")
    assert not list(tmp_path.glob("*.sqlite3"))


def test_programs_are_those_of_the_layout() -> None:
    from config.processes.layout import layout

    plan = layout("monolith", 8000)
    assert {program.command[2] for program in plan.programs} == set(preload.PROGRAMS)
