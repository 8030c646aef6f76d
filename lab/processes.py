"""One process of the lab: started, known as ready, ended."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Collection, Mapping

from config.processes.layout import Program
from config.processes.paths import BASE
from config.processes.readiness import responds
from lab.sandbox import Sandbox

STOP_SECONDS = 10


class Process:
    """``program``, from its start on. It leads a process group of its own."""

    def __init__(self, program: Program, box: Sandbox, environment: Mapping[str, str]) -> None:
        self.program, self.box = program, box
        self._told = box.places.ready(program.name)
        self._told.unlink(missing_ok=True)
        self._was_ready = False
        with box.places.log(program.name).open("a") as log:
            self._process = subprocess.Popen(
                program.command,
                cwd=BASE,
                # Under this name a worker tells that it is ready.
                env={**environment, "SUPERVISOR_PROCESS_NAME": program.name},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl+C is for us alone
            )
        box.guard.add(self.pid)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def has_ended(self) -> bool:
        return self._process.poll() is not None

    def is_ready(self) -> bool:
        """A web process answers; a worker has said that it consumes."""
        self._was_ready = responds(self.program.port) if self.program.port else self._has_told()
        return self._was_ready

    def ask_to_end(self) -> None:
        """It ends its children itself. One that is still starting may be deaf: it is killed."""
        if self._was_ready:
            self._process.send_signal(signal.SIGTERM)
        else:
            self.kill()

    def kill(self) -> None:
        """It and its children, at once."""
        self._send(signal.SIGKILL)

    def pause(self) -> None:
        """It and its children do nothing until ``resume``: others are measured meanwhile."""
        self._send(signal.SIGSTOP)

    def resume(self) -> None:
        self._send(signal.SIGCONT)

    def wait(self, seconds: float) -> None:
        """Returns when it has ended, with all its children: after ``seconds`` they are killed."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(max(0.0, seconds))
        self.kill()
        self._process.wait()
        self.box.guard.remove(self.pid)

    def _send(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, number)

    def _has_told(self) -> bool:
        try:
            return self._told.read_text() == str(self.pid)
        except OSError:
            return False


def wait_for_all(processes: Collection[Process]) -> None:
    """Those that were asked to end have ``STOP_SECONDS`` for that, all together."""
    end = time.monotonic() + STOP_SECONDS
    for process in processes:
        process.wait(end - time.monotonic())
