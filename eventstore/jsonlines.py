"""Files of lines, as they are exported and imported: plain, or compressed where the name ends in
``.gz``; the name ``-`` is what is piped."""

import gzip
import os
import stat
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO, cast

PIPED = "-"
LEVEL = 6  # of compression, as gzip has it
MAX_LINE_BYTES = 2**24


class BadFile(ValueError):
    """A file that cannot be read on, or written; the text says where and why."""


class Source:
    """The lines of a file, from the first, as bytes; each is read when it is needed. ``size`` is
    that of the file in bytes, None where it has none, and ``tell`` how many of these are read."""

    def __init__(self, file: IO[bytes], lines: IO[bytes]) -> None:
        self._file, self._lines = file, lines
        status = os.fstat(file.fileno())
        self.size = status.st_size if stat.S_ISREG(status.st_mode) else None

    def tell(self) -> int:
        return self._file.tell() if self.size is not None else 0

    def __iter__(self) -> Iterator[bytes]:
        """Raises BadFile and OSError."""
        number = 1
        try:
            while line := self._lines.readline(MAX_LINE_BYTES + 1):
                if len(line) > MAX_LINE_BYTES:
                    raise BadFile(f"line {number:,} is longer than {MAX_LINE_BYTES:,} bytes")
                yield line
                number += 1
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise BadFile(f"line {number:,}: the compressed file is damaged: {error}") from error


@contextmanager
def reading(name: str) -> Iterator[Source]:
    """Raises OSError."""
    if name == PIPED:
        yield Source(sys.stdin.buffer, sys.stdin.buffer)
        return
    with Path(name).open("rb") as file:
        if name.endswith(".gz"):
            with gzip.GzipFile(fileobj=file) as lines:
                yield Source(file, cast("IO[bytes]", lines))
        else:
            yield Source(file, file)


@contextmanager
def written(name: str) -> Iterator[IO[bytes]]:
    """Where to write the file. It gets its name when all of it is on the disk: if anything fails,
    there is none, or still the one from before. Only its owner can read it. Raises BadFile and
    OSError."""
    if name == PIPED:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    path = Path(name).resolve()
    if path.exists() and not path.is_file():
        raise BadFile("it is not a file, and would be replaced by one")
    with NamedTemporaryFile(dir=path.parent, prefix=".export-", delete=False) as file:
        try:
            if name.endswith(".gz"):
                with gzip.GzipFile("", "wb", LEVEL, file, mtime=0) as compressed:
                    yield cast("IO[bytes]", compressed)
            else:
                yield file.file
            file.flush()
            os.fsync(file.fileno())
            Path(file.name).replace(path)
        except BaseException:
            Path(file.name).unlink()
            raise
