"""A proxy to a server: while it is cut, the server is gone for us, and goes on for others. While it
is frozen, the network is silent: connections stay open, and nothing arrives. While it trickles,
everything arrives byte by byte."""

import contextlib
import re
import socket
import threading
import time
from urllib.parse import urlsplit

COMMIT = re.compile(rb"\bCOMMIT\b")  # and no "READ COMMITTED"


class Cable(contextlib.AbstractContextManager["Cable"]):
    """Passes on what comes to ``port`` (of 127.0.0.1) to the server of ``url``."""

    def __init__(self, url: str, default_port: int = 0) -> None:
        at = urlsplit(url)
        self._server = (at.hostname or "127.0.0.1", at.port or default_port)
        self._ends: set[socket.socket] = set()
        self._dead: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._loses_commit = False
        self._silent: set[socket.socket] = set()
        self._passing = threading.Event()
        self._passing.set()
        self._byte_seconds = 0.0
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
            ends, self._ends, self._dead = self._ends, set(), set()
        for end in ends:
            _close(end)

    def lose_next_commit(self) -> None:
        """Break the connection after the next COMMIT, when it is done and before its response
        arrives. (Of PostgreSQL and MariaDB, without TLS.)"""
        self._loses_commit = True

    def freeze(self) -> None:
        """Hold back everything, in both directions, until ``thaw``. Connections stay open and new
        ones are accepted, as by a server that is stopped (SIGSTOP) or a network without a route."""
        self._passing.clear()

    def thaw(self) -> None:
        """Pass on what was held back, and all that comes."""
        self._passing.set()

    def forget(self) -> None:
        """Never pass anything on again in the connections that there are, which stay open; new ones
        are welcome. So does a firewall that loses its table."""
        with self._lock:
            self._dead |= self._ends

    def trickle(self, seconds: float) -> None:
        """From the next data on, pass on one byte in ``seconds``; 0: all at once."""
        self._byte_seconds = seconds

    def __exit__(self, *error: object) -> None:
        self.cut()
        self.thaw()

    def _accept(self, listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = listener.accept()
                threading.Thread(target=self._connect, args=(near, listener), daemon=True).start()

    def _connect(self, near: socket.socket, listener: socket.socket) -> None:
        with self._lock:
            self._ends.add(near)
        self._passing.wait()
        try:
            far = socket.create_connection(self._server, timeout=5)
        except OSError:
            _close(near)
            return
        far.settimeout(None)
        with self._lock:
            self._ends.add(far)
            if near in self._dead:
                self._dead.add(far)
        if self._listener is not listener:  # it was cut meanwhile
            _close(near)
            _close(far)
        for source, target in ((near, far), (far, near)):
            threading.Thread(target=self._pump, args=(source, target), daemon=True).start()

    def _pump(self, source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65_536):
                self._passing.wait()
                if source in self._silent:
                    break
                if self._loses_commit and COMMIT.search(data):
                    self._loses_commit = False
                    self._silent.add(target)
                while self._byte_seconds and len(data) > 1:
                    time.sleep(self._byte_seconds)
                    target.sendall(data[:1])
                    data = data[1:]
                if source not in self._dead:
                    target.sendall(data)
        self._silent -= {source, target}
        self._passing.wait()  # nor does it pass on that a connection was closed
        _close(source)
        if source not in self._dead:
            _close(target)


def _close(end: socket.socket) -> None:
    # A close alone does not wake the thread that waits in accept() or recv().
    with contextlib.suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()
