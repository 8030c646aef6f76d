"""Ends what the lab left behind, should the lab itself be killed.

Run as a file, apart from the project, with a pipe as its standard input: ``python -I guard.py
FOLDER``. The lab tells by lines which process groups there are (``+123``) and which are gone
(``-123``). The pipe closes when the lab ends, however it ends; then what is left is killed, and
the folder removed.
"""

import contextlib
import os
import shutil
import signal
import sys
from collections.abc import Iterable


def main(folder: str, lines: Iterable[str]) -> None:
    left: set[int] = set()
    for line in lines:
        (left.add if line.startswith("+") else left.discard)(int(line[1:]))
    for group in left:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(group, signal.SIGKILL)
    shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.stdin)
