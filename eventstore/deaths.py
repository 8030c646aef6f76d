"""Events at which a worker's process died: killed by the hard time limit, or by what a handler did.

The processes that a worker starts, one after the other, share some bytes. Each notes there which
event a handler is at, and the next one finds the note of one that died.
"""

import mmap
import os
import struct
from functools import cache
from zlib import crc32

MOST = 3
"""So many processes may die of one event, for somebody else may have killed them."""

_At = struct.Struct("=qqq")  # a process, its consumer, the event that a handler is at
_Died = struct.Struct("=qqq")  # a consumer, the event that its last process died at, how many did
_shared = mmap.mmap(-1, _At.size + _Died.size)  # made before the worker forks


class ProcessDied(Exception):
    """The process that handled the event died, again and again."""


def note(consumer: str, position: int) -> None:
    """A handler of this process begins with the event at ``position``; 0: all have come back."""
    _At.pack_into(_shared, 0, os.getpid(), _key(consumer), position)


def deadly(consumer: str) -> tuple[int, int]:
    """The position of the event that the consumer's processes died at, and how many did; (0, 0)
    for none."""
    pid, key, at = _At.unpack_from(_shared, 0)
    of, died_at, died = _Died.unpack_from(_shared, _At.size)
    if key == _key(consumer) and at and not _is_alive(pid):
        died = died + 1 if (of, died_at) == (key, at) else 1
        of, died_at = key, at
        _Died.pack_into(_shared, _At.size, of, died_at, died)
        _At.pack_into(_shared, 0, 0, 0, 0)
    return (died_at, died) if of == _key(consumer) else (0, 0)


def forget() -> None:
    """The event was handled, or parked."""
    _Died.pack_into(_shared, _At.size, 0, 0, 0)


@cache
def _key(consumer: str) -> int:
    return crc32(consumer.encode())


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # somebody else's
        return False
    return True
