"""Crash points: a process kills itself with SIGKILL at one precise place of its work.

The lab arms the crash point of a process by its name. The process crashes when it next reaches that
place, before it can do anything else, and the crash point is disarmed.
"""

import os
import signal
from pathlib import Path

from config.processes.paths import RunPaths


def crash_file(paths: RunPaths, program: str) -> Path:
    """While this file exists, the crash point of this program is armed."""
    return paths.run / f"{program}.crash"


def crash_point() -> None:
    try:
        crash_file(RunPaths.of(os.environ), os.environ["SUPERVISOR_PROCESS_NAME"]).unlink()
    except FileNotFoundError:
        return
    os.kill(os.getpid(), signal.SIGKILL)
