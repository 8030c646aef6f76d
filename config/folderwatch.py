"""Learn from the kernel that files have come into folders, instead of looking again and again.

Linux only (inotify): elsewhere ``FolderWatch()`` raises OSError, and its user has to poll.
"""

import contextlib
import ctypes
import os
from pathlib import Path

IN_MOVED_TO = 0x00000080
IN_ONLYDIR = 0x01000000
READ_BYTES = 1 << 16  # some hundred notices


class FolderWatch:
    """A file descriptor (``fileno``) that is readable once a file was renamed into one of the
    folders. Raises OSError where the system has no inotify, or no more of it for this user."""

    def __init__(self) -> None:
        self._libc = ctypes.CDLL(None, use_errno=True)
        if not hasattr(self._libc, "inotify_init1"):
            raise OSError("this system has no inotify")
        self._fd = self._checked(self._libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC))

    def fileno(self) -> int:
        return self._fd

    def add(self, folder: Path) -> None:
        """Also watches ``folder``, which may be watched already. Raises OSError where it is not
        there."""
        mask = IN_MOVED_TO | IN_ONLYDIR
        self._checked(self._libc.inotify_add_watch(self._fd, os.fsencode(folder), mask))

    def clear(self) -> None:
        """Reads the notices; what they are about is to be looked for after that."""
        with contextlib.suppress(BlockingIOError):
            while os.read(self._fd, READ_BYTES):
                pass

    def close(self) -> None:
        os.close(self._fd)

    @staticmethod
    def _checked(result: int) -> int:
        if result < 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))
        return result
