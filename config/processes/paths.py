"""Where a run keeps its files: supervisor's configuration and socket, logs, readiness marks."""

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

from config.processes import ProcessError

BASE = Path(__file__).resolve().parents[2]

# A socket's path has at most 104 bytes on macOS, and supervisor first appends its process id.
MAX_SOCKET_PATH_BYTES = 90


class RunPaths:
    """The folders and files of one run below ``var`` (an absolute path)."""

    def __init__(self, var: Path) -> None:
        self.var, self.run, self.logs = var, var / "run", var / "log"
        self.config = self.run / "supervisord.conf"

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> "RunPaths":
        return cls(BASE / (environment.get("VAR_DIR") or "var"))

    @property
    def socket(self) -> Path:
        path = self.run / "supervisor.sock"
        if len(os.fsencode(path)) <= MAX_SOCKET_PATH_BYTES:
            return path
        key = hashlib.sha256(os.fsencode(path)).hexdigest()[:16]
        # Not $TMPDIR: it may be long as well, and differ in the next terminal.
        return Path(f"/tmp/hindsight-{os.getuid()}") / f"{key}.sock"  # noqa: S108 - made private

    def log(self, program: str) -> Path:
        return self.logs / f"{program}.log"

    def ready(self, program: str) -> Path:
        """The file by which a worker reports that it consumes."""
        return self.run / f"{program}.ready"

    def make(self) -> None:
        """Makes the folders. Raises ProcessError where they cannot be written."""
        try:
            for folder in (self.var, self.run, self.logs):
                folder.mkdir(parents=True, exist_ok=True)
                TemporaryFile(dir=folder).close()
        except OSError as error:
            raise ProcessError(
                f"cannot write to {self.var} ({error.strerror}): "
                "make it writable, or set VAR_DIR to a folder that is"
            ) from error
        private = self.socket.parent  # a user who can write there could respond in our place
        if private != self.run:
            private.mkdir(mode=0o700, exist_ok=True)
            if private.is_symlink() or private.stat().st_uid != os.getuid():
                raise ProcessError(
                    f"{private} belongs to another user: set VAR_DIR to a shorter path"
                )


def announce(**_: Any) -> None:
    """A worker's handler of Celery's signal ``worker_ready``: leaves its process id for `is_ready`,
    if supervisor started it."""
    program, var = os.environ.get("SUPERVISOR_PROCESS_NAME"), os.environ.get("VAR_DIR")
    if program and var:
        RunPaths(Path(var)).ready(program).write_text(str(os.getpid()))
