"""A connection to an SQLite file that was deleted or replaced goes on reading and writing a file
that no other process can see. Here it counts as lost, and Django opens another."""

import fcntl
import os
from contextlib import suppress
from pathlib import Path
from typing import Any

from django.db.backends.sqlite3 import base


class DatabaseWrapper(base.DatabaseWrapper):
    """Needs ``CONN_HEALTH_CHECKS``: then each request and each task checks once."""

    _opened: tuple[int, int] | None = None

    def get_new_connection(self, conn_params: Any) -> Any:
        if not self.is_in_memory_db():
            with suppress(OSError):  # SQLite raises an error of its own
                _create_file(Path(self.settings_dict["NAME"]))
        connection = super().get_new_connection(conn_params)
        self._opened = self._file()
        return connection

    def is_usable(self) -> bool:
        return self._opened == self._file()

    def _file(self) -> tuple[int, int] | None:
        try:
            found = os.stat(self.settings_dict["NAME"])  # noqa: PTH116 - for every request
        except OSError:
            return None
        return found.st_dev, found.st_ino


def _create_file(path: Path) -> None:
    """If the file is missing, makes an empty one, without the journal that a deleted one may have
    left: SQLite would apply it to the new one."""
    if path.exists():
        return
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        if not path.exists():
            for journal in ("-wal", "-shm"):
                path.with_name(path.name + journal).unlink(missing_ok=True)
            path.touch(mode=0o600)  # and SQLite makes its journals alike
    finally:
        os.close(folder)
