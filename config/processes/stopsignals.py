"""The signals that ask a command in the foreground to end, as something to wait for."""

import os
import select
import signal
from types import FrameType


class StopSignals:
    """Counts Ctrl+C, SIGTERM and SIGHUP from its creation on, instead of dying of them.

    They are read from a pipe rather than raised, so that they never break into what is being done.
    """

    def __init__(self) -> None:
        self.count = 0
        self._reader, self._writer = os.pipe()
        os.set_blocking(self._writer, False)
        os.set_blocking(self._reader, False)
        signal.signal(signal.SIGINT, self._receive)
        signal.signal(signal.SIGTERM, self._receive)
        # nohup has us ignore it, and means it.
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
            signal.signal(signal.SIGHUP, self._receive)

    def wait(self, seconds: float) -> bool:
        """Waits for the next signal, `seconds` at most. True where one came."""
        ready, _, _ = select.select([self._reader], [], [], seconds)
        if ready:
            os.read(self._reader, 64)
        return bool(ready)

    def _receive(self, number: int, frame: FrameType | None) -> None:
        self.count += 1
        os.write(self._writer, b"!")
