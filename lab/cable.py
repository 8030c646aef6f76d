"""A proxy to a server: while it is cut, the server is gone for us, and goes on for others."""

import contextlib
import socket
import threading
from urllib.parse import urlsplit


class Cable(contextlib.AbstractContextManager["Cable"]):
    """Passes on what comes to ``port`` (of 127.0.0.1) to the server of ``url``."""

    def __init__(self, url: str, default_port: int = 0) -> None:
        at = urlsplit(url)
        self._server = (at.hostname or "127.0.0.1", at.port or default_port)
        self._ends: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._listener: socket.socket | None = None
        self.port = 0
        self.restore()

    def through(self, url: str) -> str:
        """The URL, but by way of this cable."""
        at = urlsplit(url)
        user, found, _ = at.netloc.rpartition("@")
        return at._replace(netloc=f"{user}{found}127.0.0.1:{self.port}").geturl()

    def restore(self) -> None:
        """Pass on again, at the same port."""
        listener = socket.create_server(("127.0.0.1", self.port))
        self.port, self._listener = listener.getsockname()[1], listener
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()

    def cut(self) -> None:
        """Break every connection, and refuse new ones."""
        listener, self._listener = self._listener, None
        if listener:
            _close(listener)
        self.reset()

    def reset(self) -> None:
        """Break every connection; new ones are welcome. So does a server that restarts."""
        with self._lock:
            ends, self._ends = self._ends, set()
        for end in ends:
            _close(end)

    def __exit__(self, *error: object) -> None:
        self.cut()

    def _accept(self, listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = listener.accept()
                try:
                    far = socket.create_connection(self._server, timeout=5)
                except OSError:
                    near.close()
                    continue
                far.settimeout(None)
                with self._lock:
                    self._ends |= {near, far}
                if self._listener is not listener:  # it was cut meanwhile
                    self.reset()
                for source, target in ((near, far), (far, near)):
                    threading.Thread(target=_pump, args=(source, target), daemon=True).start()


def _pump(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65_536):
            target.sendall(data)
    _close(source)
    _close(target)


def _close(end: socket.socket) -> None:
    # A close alone does not wake the thread that waits in accept() or recv().
    with contextlib.suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()
