"""Calls to servers outside that an operator has configured: a signed HTTP POST, and mail. Each ends
in time, whatever the other side does: it may hang, or send a byte now and then."""

import smtplib
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPConnection, HTTPException
from typing import Any
from urllib.parse import SplitResult, urlsplit

from django.core.mail.backends import smtp

from web.signing import sign

MAX_RESPONSE_BYTES = 64_000
PORTS = {"http": 80, "https": 443}


class CallFailed(Exception):
    """For people, in a few words. It has no URL: that may be secret."""


def post(url: str, secret: str, call_id: str, body: bytes, seconds: float) -> bytes:
    """POST a JSON body, signed, and return that of the response. A repeated call has the same
    ``call_id``. Whatever is no 2xx is a failure, a redirect too. No proxy is used. Raises
    CallFailed, after ``seconds`` at the latest (and what the system takes to look up a name)."""
    parts, until, now = urlsplit(url), time.monotonic() + seconds, int(time.time())
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Hindsight",
        "Connection": "close",
        "webhook-id": call_id,
        "webhook-timestamp": str(now),
        "webhook-signature": sign(secret, call_id, now, body),
    }
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        with _connected(parts, until) as connection:
            connection.request("POST", path, body, headers)
            response = connection.getresponse()
            content = response.read(MAX_RESPONSE_BYTES + 1)
    except (OSError, HTTPException, ValueError) as error:
        raise CallFailed(_why(error, until, seconds)) from error
    if time.monotonic() >= until:  # a body without a length ends with its connection
        raise CallFailed(_why(None, until, seconds))
    if 300 <= response.status < 400:
        raise CallFailed(f"it responded with {response.status}, a redirect, which is not followed")
    if not 200 <= response.status < 300:
        raise CallFailed(f"it responded with {response.status}")
    if len(content) > MAX_RESPONSE_BYTES:
        raise CallFailed("its response is too long")
    return content


@contextmanager
def _connected(parts: SplitResult, until: float) -> Iterator[HTTPConnection]:
    host, port = parts.hostname or "", parts.port or PORTS[parts.scheme]
    connection = HTTPConnection(host, parts.port, timeout=_left(until))
    sock = socket.create_connection((host, port), _left(until))
    with sock, ends_in_time(sock, until):
        connection.sock = sock
        if parts.scheme == "https":
            context = ssl.create_default_context()
            connection.sock = context.wrap_socket(sock, server_hostname=host)
        try:
            yield connection
        finally:
            connection.close()


@contextmanager
def ends_in_time(sock: socket.socket, until: float) -> Iterator[None]:
    """Nothing comes or goes on this connection after ``until`` (of the monotonic clock), also where
    TLS begins on it later. A timeout of the socket alone begins anew with each byte."""
    cancel = _end_at(sock, until)
    try:
        yield
    finally:
        cancel()


def _end_at(sock: socket.socket, until: float) -> Callable[[], None]:
    twin = sock.dup()

    def end() -> None:
        with suppress(OSError):  # it has ended
            twin.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(_left(until), end)
    timer.daemon = True
    timer.start()

    def cancel() -> None:
        timer.cancel()
        twin.close()

    return cancel


def _left(until: float) -> float:
    return max(until - time.monotonic(), 0.001)


def _why(error: Exception | None, until: float, seconds: float) -> str:
    if error is None or isinstance(error, TimeoutError) or time.monotonic() >= until:
        return f"no response within {seconds:g} seconds"
    return f"it cannot be reached ({in_few_words(error)})"


def in_few_words(error: Exception) -> str:
    """What happened; of an HTTP error its kind alone, as its text may be the other side's."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return type(error).__name__


class Mailer(smtp.EmailBackend):
    """Django's, for which ``EMAIL_TIMEOUT`` is the time for all of it. ``handing_over`` is called
    when a message is about to be sent: what fails before that has not been delivered."""

    handing_over: Callable[[], None] | None = None

    @property
    def connection_class(self) -> Any:
        kind: Any = super().connection_class
        return _limited(kind, self)


def _limited(kind: type[smtplib.SMTP], mailer: Mailer) -> type[smtplib.SMTP]:
    class Limited(kind):  # type: ignore[misc, valid-type]
        _cancel: Callable[[], None] | None = None

        def _get_socket(self, host: str, port: int, timeout: float) -> Any:
            until = time.monotonic() + timeout
            sock = socket.create_connection((host, port), timeout, self.source_address)
            self._cancel = _end_at(sock, until)
            if issubclass(kind, smtplib.SMTP_SSL):
                return self.context.wrap_socket(sock, server_hostname=self._host)
            return sock

        def data(self, msg: Any) -> Any:
            if mailer.handing_over:
                mailer.handing_over()
            return super().data(msg)

        def close(self) -> None:
            super().close()
            if self._cancel:
                self._cancel()

    return Limited
