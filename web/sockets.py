"""What the operating system does for a web process: how many connections it allows, and how long it
keeps a response that the client does not read."""

import contextlib
import os
import resource
import socket
import stat
from collections.abc import Iterator
from pathlib import Path

DESCRIPTORS = Path("/dev/fd")  # of this process


def allow_files(number: int) -> None:
    """So many open files and connections, or as many as this user may have."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY:
        number = min(number, hard)
    if soft != resource.RLIM_INFINITY and soft < number:
        resource.setrlimit(resource.RLIMIT_NOFILE, (number, hard))


def drop_unread(seconds: int) -> None:
    """Ends each connection, accepted from now on, whose client acknowledges nothing for so long of
    what it was sent. Only Linux can do this."""
    if not hasattr(socket, "TCP_USER_TIMEOUT"):
        return
    for each in _sockets():
        if each.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
            each.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 1_000 * seconds)


def _sockets() -> Iterator[socket.socket]:
    """This process's."""
    for path in DESCRIPTORS.iterdir():
        descriptor = int(path.name)
        with contextlib.suppress(OSError):  # it was closed meanwhile, or is no TCP socket
            if stat.S_ISSOCK(os.fstat(descriptor).st_mode):
                with socket.socket(fileno=os.dup(descriptor)) as copy:
                    yield copy
