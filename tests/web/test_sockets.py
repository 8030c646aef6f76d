"""Limits that the operating system keeps."""

import resource
import select
import socket
import subprocess
import sys

import pytest

from config.processes.layout import MAX_CONNECTIONS
from web.sockets import DESCRIPTORS, drop_unread

FILES = "import resource as r; print(*r.getrlimit(r.RLIMIT_NOFILE))"


@pytest.mark.skipif(not hasattr(socket, "TCP_USER_TIMEOUT"), reason="only Linux has it")
def test_a_client_that_never_reads_is_dropped() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener, socket.socket() as client:
        before = len([*DESCRIPTORS.iterdir()])
        drop_unread(1)
        assert len([*DESCRIPTORS.iterdir()]) == before
        client.connect(listener.getsockname())
        served, _ = listener.accept()
        with served:
            served.settimeout(0.1)
            with pytest.raises(TimeoutError):
                served.sendall(b"x" * 100_000_000)

            watch = select.poll()
            watch.register(served, 0)  # errors alone
            assert watch.poll(30_000)
            with pytest.raises(OSError, match="timed out"):
                served.send(b"x")


def test_a_web_process_may_have_a_file_for_each_connection() -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < 2 * MAX_CONNECTIONS:
        pytest.skip("this user may not have so many")
    code = f"from web.sockets import allow_files; allow_files({2 * MAX_CONNECTIONS}); {FILES}"
    done = subprocess.run(
        ["/bin/sh", "-c", 'ulimit -Sn 256; exec "$@"', "sh", sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == [str(2 * MAX_CONNECTIONS), str(hard)]
