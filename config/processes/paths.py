"""Where the project is, and where a run keeps its files: supervisor's configuration and socket,
logs, readiness marks."""

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryFile

from config.processes import ProcessError

BASE = Path(__file__).resolve().parents[2]
IS_CHECKOUT = (BASE / "Makefile").exists()  # else it was installed, with the command hindsight
MANAGE = ".venv/bin/python manage.py" if IS_CHECKOUT else "hindsight manage"  # as a person types it

# A socket's path has at most 104 bytes on macOS, and supervisor first appends its process id.
MAX_SOCKET_PATH_BYTES = 90


class RunPaths:
    """The folders and files of one run below ``var`` (an absolute path)."""

    def __init__(self, var: Path) -> None:
        self.var, self.run, self.logs = var, var / "run", var / "log"
        self.config = self.run / "supervisord.conf"

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> "RunPaths":
        return cls(work_folder(environment) / (environment.get("VAR_DIR") or "var"))

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


def work_folder(environment: Mapping[str, str]) -> Path:
    """Where relative paths start: the project's folder, or ``WORK_DIR``, which the command
    ``hindsight`` sets to the folder where it was called."""
    return BASE / environment.get("WORK_DIR", "")


def typed(command: str, service: str = "") -> str:
    """What a person types for one of our commands: make's target, or what is installed."""
    if IS_CHECKOUT:
        return f"make {command} SERVICE={service}" if service else f"make {command}"
    return f"hindsight {command} {service}".rstrip()


def announce() -> None:
    """A worker that consumes leaves its process id for `is_ready`, if supervisor started it. Raises
    OSError on a full disk."""
    program, var = os.environ.get("SUPERVISOR_PROCESS_NAME"), os.environ.get("VAR_DIR")
    if program and var:
        path = RunPaths(Path(var)).ready(program)
        path.touch()
        with path.open("r+") as file:  # emptied first, it would give away the space that it has
            file.write(str(os.getpid()))
            file.truncate()
