"""A wall clock that jumps, as after a correction by NTP or a virtual machine that was resumed.

``make_it_jump`` replaces what Python programs read it by, ``time.time`` and Django's
``timezone.now``. Clocks that cannot jump (``time.monotonic``) stay as they are.
"""

import mmap
import struct
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from django.utils import timezone

from lab.chaos.nemesis import FaultKind, choose

JUMPS_SECONDS = ("-3600", "3600", "-86400", "60")
_Offset = struct.Struct("=d")


def make_it_jump(path: Path) -> None:
    """In this process, the wall clock is off by as many seconds as the file says."""
    with suppress(FileExistsError), path.open("xb") as new:
        new.write(_Offset.pack(0))
    with path.open("rb") as file:
        offset = mmap.mmap(file.fileno(), _Offset.size, access=mmap.ACCESS_READ)
    read, read_ns = time.time, time.time_ns

    def seconds() -> float:
        return read() + float(_Offset.unpack(offset)[0])

    def nanoseconds() -> int:
        return read_ns() + int(_Offset.unpack(offset)[0]) * 1_000_000_000

    # As functions in C, these are no methods where they are attributes of a class.
    time.time, time.time_ns = partial(seconds), partial(nanoseconds)
    timezone.now = partial(_moment, seconds)


def fault_kinds(path: Path) -> list[FaultKind]:
    """The clock of the processes that read the file jumps, and jumps back."""

    def jump(pick: float, seconds: float) -> bool:
        if not path.exists():  # nobody reads it
            return False
        _write(path, float(choose(pick, JUMPS_SECONDS)))
        time.sleep(seconds)
        _write(path, 0)
        return True

    return [FaultKind("clock jumps", 0.4, jump, lasts=True)]


def _moment(seconds: Callable[[], float]) -> datetime:
    return datetime.fromtimestamp(seconds(), UTC)


def _write(path: Path, seconds: float) -> None:
    with path.open("r+b") as file:  # in place: it is mapped
        file.write(_Offset.pack(seconds))
