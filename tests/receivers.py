"""Servers outside, on loopback: a webhook's receiver and a mail server, which keep what they got,
and behave as a test wants."""

import json
import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

PAUSE_SECONDS = 0.02  # between two bytes of one that drips


@dataclass
class Got:
    """A request, with names of headers in lower case."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Peer:
    """One connection to a server, as its behaviour sees it."""

    def __init__(self, handler: socketserver.StreamRequestHandler, closing: threading.Event):
        self._handler, self._closing = handler, closing

    def send(self, data: bytes) -> None:
        self._handler.wfile.write(data)

    def line(self) -> bytes:
        return self._handler.rfile.readline()

    def read(self, size: int) -> bytes:
        return self._handler.rfile.read(size)

    def hang(self) -> None:
        """Until the other side gives up, or the test ends."""
        while not self._closing.is_set() and self._handler.rfile.read(1):
            pass

    def drip(self, data: bytes = b"") -> None:
        """A byte now and then, without end."""
        self.send(data)
        while not self._closing.wait(PAUSE_SECONDS):
            self.send(b"x")


@contextmanager
def _served(serve: Callable[[Peer], None]) -> Iterator[int]:
    closing = threading.Event()

    class Handler(socketserver.StreamRequestHandler):
        timeout = 30  # a test never hangs for longer

        def handle(self) -> None:
            with suppress(OSError):
                serve(Peer(self, closing))

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        allow_reuse_address = True

    with Server(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            closing.set()
            server.shutdown()
            server.block_on_close = False
            thread.join()


# --- A webhook's receiver


def response(status: int = 200, body: bytes = b"", *headers: str) -> bytes:
    head = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join((*head, "", "")).encode() + body


def responds(status: int = 200, body: bytes = b"", *headers: str) -> Callable[[Peer, Got], None]:
    return lambda peer, got: peer.send(response(status, body, *headers))


def hangs(peer: Peer, got: Got) -> None:
    peer.hang()


def drips(peer: Peer, got: Got) -> None:
    peer.drip(b"HTTP/1.1 200 X\r\n\r\n")


def drips_headers(peer: Peer, got: Got) -> None:
    peer.drip(b"HTTP/1.1 200 X\r\nX-Slow: ")


@dataclass
class Receiver:
    """``url`` is its address; ``behave`` is what it does with each request."""

    url: str = ""
    behave: Callable[[Peer, Got], None] = field(default_factory=responds)
    got: list[Got] = field(default_factory=list)


@contextmanager
def receiving() -> Iterator[Receiver]:
    receiver = Receiver()

    def serve(peer: Peer) -> None:
        _, path, _ = peer.line().decode().split(" ")
        headers = {}
        while line := peer.line().decode().strip():
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        got = Got(path, headers, peer.read(int(headers.get("content-length", 0))))
        receiver.got.append(got)
        receiver.behave(peer, got)

    with _served(serve) as port:
        receiver.url = f"http://127.0.0.1:{port}/hook?token=very-secret"
        yield receiver


# --- A mail server


@dataclass
class MailServer:
    """``at`` names what it does at a command, as in ``{"RCPT": refuses}``; else it accepts."""

    port: int = 0
    at: dict[str, Callable[[Peer], None]] = field(default_factory=dict)
    got: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)


def refuses(peer: Peer) -> None:
    peer.send(b"451 not now\r\n")


def disconnects(peer: Peer) -> None:
    raise ConnectionError


@contextmanager
def mail_server() -> Iterator[MailServer]:
    """``at`` may also name ``GREETING``, and ``SENT``: the message has come, and is kept."""
    mail = MailServer()

    def reply(peer: Peer, command: str, line: bytes) -> None:
        behave = mail.at.get(command)
        if behave:
            behave(peer)
        else:
            peer.send(line)

    def serve(peer: Peer) -> None:
        reply(peer, "GREETING", b"220 mail\r\n")
        while line := peer.line():
            command = line[:4].decode().upper().strip()
            if command == "DATA" and command not in mail.at:
                peer.send(b"354 go on\r\n")
                lines = list(iter(peer.line, b".\r\n"))
                mail.got.append(message_from_bytes(b"".join(lines), policy=policy.default))
                reply(peer, "SENT", b"250 kept\r\n")
            elif command == "QUIT":
                peer.send(b"221 bye\r\n")
                return
            else:
                if command == "RCPT":
                    mail.recipients.append(line.decode().partition(":")[2].strip())
                reply(peer, command, b"250 ok\r\n")

    with _served(serve) as port:
        mail.port = port
        yield mail
