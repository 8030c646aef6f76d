"""A small disk of one's own that can be filled up, and emptied again.

It is a file system in memory (tmpfs), which only root on Linux can mount."""

import contextlib
import functools
import os
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

from lab.errors import LabFailed

MEGABYTES = 40
TOP_UP_SECONDS = 0.02
CHUNK_BYTES = 1_000_000


class Disk:
    """The disk at ``folder``. A file ``filler`` takes its space."""

    def __init__(self, folder: Path) -> None:
        self.folder, self._filler = folder, folder / "filler"

    @contextlib.contextmanager
    def full(self) -> Iterator[None]:
        """Nothing can be written as long as the context lasts: if something on the disk is deleted,
        its space is taken within moments. Afterwards there is space again."""
        is_over = threading.Event()

        def keep_full() -> None:
            while not is_over.wait(TOP_UP_SECONDS):
                self.fill()

        self.fill()
        keeper = threading.Thread(target=keep_full, daemon=True)
        keeper.start()
        try:
            yield
        finally:
            is_over.set()
            keeper.join()
            self.free()

    def fill(self) -> None:
        """Takes all the space that there is now."""
        size = CHUNK_BYTES
        with self._filler.open("ab", buffering=0) as file:
            while size:
                try:
                    file.write(bytes(size))
                except OSError:
                    size //= 2

    def free(self) -> None:
        """Gives back what was taken."""
        self._filler.unlink(missing_ok=True)

    def free_bytes(self) -> int:
        found = os.statvfs(self.folder)
        return found.f_bavail * found.f_frsize


@contextlib.contextmanager
def small_disk(folder: Path, megabytes: int = MEGABYTES) -> Iterator[Disk]:
    """A disk of this size at ``folder``, which hides what the folder has until it is gone again.
    Raises LabFailed where it cannot be mounted."""
    folder.mkdir(parents=True, exist_ok=True)
    _run("mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=700", "tmpfs", str(folder))
    try:
        yield Disk(folder)
    finally:
        _run("umount", "--lazy", str(folder))  # a process that was killed may still be ending


@functools.cache
def can_mount() -> bool:
    """Whether this process can have such a disk."""
    try:
        with tempfile.TemporaryDirectory() as folder, small_disk(Path(folder)):
            return True
    except LabFailed:
        return False


def _run(*command: str) -> None:
    try:
        subprocess.run(command, capture_output=True, text=True, check=True)
    except OSError as error:
        raise LabFailed(f"cannot run {command[0]}: {error.strerror}") from error
    except subprocess.CalledProcessError as error:
        raise LabFailed(f"{' '.join(command)} failed: {error.stderr.strip()}") from error
