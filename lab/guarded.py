"""The lab's end of the pipe to its guard."""

import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

GUARD = Path(__file__).with_name("guard.py")


class Guard:
    """As a context: a process that watches us, and knows which process groups are ours. At the
    end of the context nothing is left of these, and nothing of ``folder``."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def add(self, group: int) -> None:
        self._say(f"+{group}")

    def remove(self, group: int) -> None:
        """It has ended: its number may be somebody else's soon."""
        self._say(f"-{group}")

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-I", str(GUARD), str(self._folder)],
            stdin=subprocess.PIPE,
            text=True,
            start_new_session=True,  # Ctrl+C is for us alone
        )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        if self._process.stdin:
            self._process.stdin.close()
        self._process.wait()

    def _say(self, line: str) -> None:
        if self._process.stdin:
            self._process.stdin.write(f"{line}\n")
            self._process.stdin.flush()
