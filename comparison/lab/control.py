"""Asks a process of the lab for faults."""

import time
from http.client import HTTPConnection
from urllib.parse import urlsplit

import msgspec

from comparison.lab.errors import LabFailed
from comparison.lab.faulting import PATH, Fault, Injected

PATIENCE = 30.0  # seconds


def inject(address: str, fault: Fault) -> None:
    """From now on the process at ``address`` has this fault."""
    _ask("PUT", address, msgspec.json.encode(fault))


def injected(address: str) -> Injected:
    """What the fault of the process has done so far."""
    return _ask("GET", address)


def clear(address: str) -> Injected:
    """It has none any more; says what the last one did. Returns when the process is at rest:
    what somebody gave up waiting for may still be going on in it."""
    done = _ask("DELETE", address)
    end = time.monotonic() + PATIENCE
    while _ask("GET", address).busy:
        if time.monotonic() > end:
            raise LabFailed(f"the process at {address} does not come to rest")
        time.sleep(0.01)
    return done


def _ask(method: str, address: str, body: bytes | None = None) -> Injected:
    connection = HTTPConnection(urlsplit(address).netloc, timeout=PATIENCE)
    try:
        connection.request(method, PATH, body)
        return msgspec.json.decode(connection.getresponse().read(), type=Injected)
    finally:
        connection.close()
