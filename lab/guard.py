"""Ends the processes that the lab left behind, should the lab itself be killed.

This file also runs as a program, apart from the project, with a pipe as its standard input:
``python -I guard.py FOLDER``. The lab writes lines into the pipe: a process group was started
(``+123``) or has ended (``-123``). The pipe closes when the lab ends, however it ends; then the
groups that are left are killed, and the folder is removed.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Self


class Guard:
    """As a context: a process that watches ours. At the end of the context none of the process
    groups is left, and nothing of ``folder``."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def add(self, group: int) -> None:
        print(f"+{group}", file=self._process.stdin, flush=True)

    def remove(self, group: int) -> None:
        """It has ended: another process may soon have its number."""
        print(f"-{group}", file=self._process.stdin, flush=True)

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-I", __file__, str(self._folder)],
            stdin=subprocess.PIPE,
            text=True,
            start_new_session=True,  # Ctrl+C is for us alone
        )
        return self

    def __exit__(self, *error: object) -> None:
        self._process.communicate()


def main(folder: str, lines: Iterable[str]) -> None:
    groups: set[int] = set()
    for line in lines:
        (groups.add if line.startswith("+") else groups.discard)(int(line[1:]))
    for group in groups:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(group, signal.SIGKILL)
    shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.stdin)
