"""Where the running processes keep what they need: settings of supervisor, its socket, logs."""

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from config.processes.errors import Problem

BASE = Path(__file__).resolve().parents[2]

# A socket's path has 104 bytes on macOS, and supervisor puts its process id after it at first.
LONGEST_SOCKET = 90


@dataclass(frozen=True)
class Places:
    """The folders and files of one run below ``var`` (an absolute path)."""

    var: Path

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> "Places":
        return cls(BASE / (environment.get("VAR_DIR") or "var"))

    @property
    def run(self) -> Path:
        return self.var / "run"

    @property
    def logs(self) -> Path:
        return self.var / "log"

    @property
    def config(self) -> Path:
        return self.run / "supervisord.conf"

    @property
    def socket(self) -> Path:
        path = self.run / "supervisor.sock"
        if len(os.fsencode(path)) <= LONGEST_SOCKET:
            return path
        key = hashlib.sha256(os.fsencode(path)).hexdigest()[:16]
        # Not $TMPDIR: it may be long as well, and another one in the next terminal.
        return Path(f"/tmp/hindsight-{os.getuid()}") / f"{key}.sock"  # noqa: S108 - made private

    def log(self, program: str) -> Path:
        return self.logs / f"{program}.log"

    def ready(self, program: str) -> Path:
        """The file in which a worker says that it consumes."""
        return self.run / f"{program}.ready"

    def make(self) -> None:
        """Makes the folders. Raises Problem where they cannot be written."""
        try:
            for folder in (self.var, self.run, self.logs):
                folder.mkdir(parents=True, exist_ok=True)
                _try_writing(folder)
        except OSError as error:
            raise Problem(
                f"cannot write to {self.var} ({error.strerror}): "
                "make it writable, or set VAR_DIR to a folder that is"
            ) from error
        if self.socket.parent != self.run:
            self._make_private(self.socket.parent)

    @staticmethod
    def _make_private(folder: Path) -> None:
        """A folder for sockets that is nobody else's: whoever can write there could answer us."""
        folder.mkdir(mode=0o700, exist_ok=True)
        if folder.is_symlink() or folder.stat().st_uid != os.getuid():
            raise Problem(f"{folder} belongs to somebody else: set VAR_DIR to a shorter path")


def _try_writing(folder: Path) -> None:
    trial = folder / f".trial-{os.getpid()}"
    trial.touch()
    trial.unlink()
