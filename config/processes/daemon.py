"""supervisord, which here does not outlive the command that started it.

``python -m config.processes.daemon TOPOLOGY -n -c FILE``, with a pipe as its standard input. A byte
in the pipe starts the processes. It closes when the command ends, however it ends; then everything
is stopped. Where the kernel can do it (Linux), the processes end with supervisord in the same way.
On a full disk it goes on, and only lines of the logs are lost.
"""

import contextlib
import ctypes
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from io import FileIO
from typing import Any

from supervisor import loggers
from supervisor.medusa.asyncore_25 import ExitNow
from supervisor.options import ServerOptions
from supervisor.states import SupervisorStates
from supervisor.supervisord import Supervisor

from config.processes import preload
from config.processes.paths import BASE

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


class LogFile(loggers.RotatingFileHandler):  # type: ignore[misc]
    """A log, of supervisord or of a process. What cannot be written, as on a full disk, is lost; a
    line about that is the first that can be written again. (supervisor's own log raises in the main
    loop, which is the end of all processes.)"""

    stream: FileIO | None

    def __init__(self, filename: str, mode: str, max_bytes: int, backups: int) -> None:
        loggers.Handler.__init__(self)
        self.baseFilename, self.mode = filename, mode
        self.maxBytes, self.backupCount = max_bytes, backups
        self.problem = ""

    def emit(self, record: Any) -> None:
        try:
            if self.stream is None:
                self.stream = FileIO(self.baseFilename, "a")  # no buffer that would fail later
            if self.problem:
                self.stream.write(f"\n(Some output was lost: {self.problem}.)\n".encode())
                self.problem = ""
            super().emit(record)
        except Exception as error:  # nothing about a log is worth all processes
            self.problem = getattr(error, "strerror", "") or repr(error)
            self.close()

    def handleError(self) -> None:  # noqa: N802 - the name is supervisor's
        """Called in its ``except``: the error goes on to ``emit``."""
        raise

    def close(self) -> None:
        stream, self.stream = self.stream, None
        if stream is not None:
            with contextlib.suppress(OSError):
                stream.close()

    reopen = close  # the next record opens it


class Daemon(Supervisor):  # type: ignore[misc]
    def ordered_stop_groups_phase_1(self) -> None:
        """Stops all groups at once: no order among services has a meaning."""
        for group in self.stop_groups:
            group.stop_all()


class Options(ServerOptions):  # type: ignore[misc]
    def setpgrp(self) -> None:
        """Called in each child, before it becomes the program."""
        super().setpgrp()
        os.chdir(BASE)
        if sys.platform == "linux":
            ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)

    def execve(self, filename: str, argv: Sequence[str], env: Mapping[str, str]) -> None:
        if preload.is_loaded(argv):
            preload.become(argv, env)
        super().execve(filename, argv, env)

    def waitpid(self) -> tuple[int | None, int | None]:
        """Called when a child has ended. What it started ends with it: a child that was killed
        could not see to that, and its successor would share its port with an orphan."""
        pid, status = super().waitpid()
        if pid:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(pid, signal.SIGKILL)  # each child leads a group of its own: see setpgrp
        return pid, status


def main() -> None:
    topology, *arguments = sys.argv[1:]
    if topology == "monolith":
        preload.load()
    if not os.read(STDIN, 1):
        return
    os.chdir(os.environ["VAR_DIR"])
    loggers.RotatingFileHandler = LogFile
    options = Options()
    options.realize(arguments, doc=__doc__)
    options.first, options.test = True, False
    options.get_socket_map()[STDIN] = Lifeline(options)
    try:
        Daemon(options).main()
    except ExitNow:
        options.close_httpservers()
        options.close_logger()


if __name__ == "__main__":
    main()
