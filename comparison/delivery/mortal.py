"""Traps: a process is killed with SIGKILL at one precise place of its work.

The lab sets a trap for a process by its name; the process springs it when it next comes to that
place, and is gone before it can do anything else.
"""

import os
import signal
from pathlib import Path

from config.processes.places import Places


def trap(places: Places, program: str) -> Path:
    """The file that is the trap: it is there until it is sprung."""
    return places.run / f"{program}.trap"


def mortal_place() -> None:
    """Here the process dies, if a trap is set for it."""
    places = Places.of(os.environ)
    try:
        trap(places, os.environ["SUPERVISOR_PROCESS_NAME"]).unlink()
    except FileNotFoundError:
        return
    os.kill(os.getpid(), signal.SIGKILL)
