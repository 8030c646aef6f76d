"""supervisord, which here does not outlive the command that started it.

Run as a file, apart from the project: ``python -I config/processes/daemon.py -n -c FILE``, with a
pipe as its standard input. The pipe closes when the command ends, however it ends; then everything
is stopped. Where the kernel can do it (Linux), the processes end with supervisord in the same way.
"""

import contextlib
import ctypes
import os
import signal
import sys
from pathlib import Path

from supervisor.medusa.asyncore_25 import ExitNow
from supervisor.options import ServerOptions
from supervisor.states import SupervisorStates
from supervisor.supervisord import Supervisor

PROJECT = Path(__file__).resolve().parents[2]
STDIN = 0
PR_SET_PDEATHSIG = 1


class Lifeline:
    """Watches the pipe, as one of the files that supervisord's main loop waits for."""

    closed = False

    def __init__(self, options: ServerOptions) -> None:
        self.options = options

    def readable(self) -> bool:
        return not self.closed

    def writable(self) -> bool:
        return False

    def handle_read_event(self) -> None:
        if not os.read(STDIN, 64):
            self.closed = True
            self.options.mood = SupervisorStates.SHUTDOWN

    def handle_error(self) -> None:
        self.closed = True


class Daemon(Supervisor):  # type: ignore[misc]
    def ordered_stop_groups_phase_1(self) -> None:
        """Stops all groups at once: no order among services has a meaning."""
        for group in self.stop_groups:
            group.stop_all()


class Options(ServerOptions):  # type: ignore[misc]
    def setpgrp(self) -> None:
        """Called in each child, before it becomes the program."""
        super().setpgrp()
        os.chdir(PROJECT)
        if sys.platform == "linux":
            ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)

    def waitpid(self) -> tuple[int | None, int | None]:
        """Called when a child has ended. What it started ends with it: a child that was killed
        could not see to that, and its successor would share its port with an orphan."""
        pid, status = super().waitpid()
        if pid:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(pid, signal.SIGKILL)  # each child leads a group of its own: see setpgrp
        return pid, status


def main() -> None:
    options = Options()
    options.realize(sys.argv[1:], doc=__doc__)
    options.first, options.test = True, False
    options.get_socket_map()[STDIN] = Lifeline(options)
    try:
        Daemon(options).main()
    except ExitNow:
        options.close_httpservers()
        options.close_logger()


if __name__ == "__main__":
    main()
