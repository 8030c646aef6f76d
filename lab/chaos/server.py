"""A server of our own: started, killed and started again as often as wanted."""

import contextlib
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from lab.bench.children import Failed

START_SECONDS = 60
STEP = 0.05


class Server:
    """``command`` serves until it is killed. ``answers`` says whether it does already."""

    def __init__(
        self,
        command: Sequence[str],
        folder: Path,
        answers: Callable[[], bool],
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self._command, self._folder, self._answers = command, folder, answers
        self._environment = {**os.environ, **(environment or {})}
        self.start()

    def start(self) -> None:
        """Returns when it answers. Raises Failed."""
        log = self._folder / "server.log"
        with log.open("a") as output:
            self._process = subprocess.Popen(
                self._command,
                cwd=self._folder,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,  # Ctrl+C is for us alone, and a kill for all of it
            )
        end = time.monotonic() + START_SECONDS
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > end:
                self.kill()
                raise Failed(f"{self._command[0]} did not start:\n{log.read_text()[-2_000:]}")
            time.sleep(STEP)

    def kill(self) -> bool:
        """SIGKILL, to all that belongs to it. True where it lived until then."""
        lived = self._process.poll() is None
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        return lived

    def restart(self, pick: float, seconds: float) -> bool:
        """Killed, away for so many seconds, and started again. Raises Failed."""
        lived = self.kill()
        time.sleep(seconds)
        self.start()
        return lived


def accepts(port: int) -> bool:
    """Whether somebody listens on this port of 127.0.0.1."""
    with socket.socket() as connection:
        return connection.connect_ex(("127.0.0.1", port)) == 0
