"""Asks a process of the lab for faults."""

import time

import msgspec

from lab.asking import PATIENCE, ask
from lab.errors import LabFailed
from lab.faulting import PATH, Fault, Injected


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
    said = ask(method, f"{address}{PATH}", body)
    return msgspec.json.decode(said.body, type=Injected)
