"""A secret key for a demo on loopback: made once, kept beside the data."""

import contextlib
import os
from pathlib import Path

from django.core.management.utils import get_random_secret_key


def demo_key(path: Path) -> str:
    """The key in ``path``, made there if it is missing. Where nothing can be written,
    a key that lives as long as the process."""
    key = get_random_secret_key()
    with contextlib.suppress(OSError):
        if path.exists():  # also where the disk is full
            return path.read_text()
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Processes that start together must agree on one key: the first link wins.
        mine = path.with_name(f".{path.name}.{os.getpid()}")
        mine.touch(mode=0o600)
        mine.write_text(key)
        with contextlib.suppress(FileExistsError):
            os.link(mine, path)
        mine.unlink()
        return path.read_text()
    return key
