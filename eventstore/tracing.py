"""W3C Trace Context: where in a trace the current work is, whether the trace is recorded or not.

Events carry it as CloudEvents' extension for distributed tracing has it: ``traceparent`` and
``tracestate`` are of the work that published the event, which is the parent of its handling.
"""

import os
import re
from typing import NamedTuple, Self

TRACEPARENT_CHARACTERS = 55
TRACESTATE_CHARACTERS = 512  # that must be passed on; a longer one is dropped
TRACEPARENT = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?")
_KEY = r"(?:[a-z][a-z0-9_\-*/]{0,255}|[a-z0-9][a-z0-9_\-*/]{0,240}@[a-z][a-z0-9_\-*/]{0,13})"
_VALUE = r"[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e]"
TRACESTATE_MEMBER = re.compile(f"{_KEY}={_VALUE}")
MAX_MEMBERS = 32

TraceContext = tuple[str | None, str | None]
"""The values of ``traceparent`` and ``tracestate``, valid or not."""


class Trace(NamedTuple):
    """A place in a trace: ``trace_id`` (32 digits), ``span_id`` (16 digits) of the work, ``flags``
    (bit 0: it is recorded), and the ``state`` of other vendors."""

    trace_id: str
    span_id: str
    flags: int = 0
    state: str = ""

    @classmethod
    def begin(cls) -> Self:
        """A trace that nobody else knows."""
        return cls(_new_id(16), _new_id(8))

    def child(self) -> Self:
        """Work that this work causes."""
        return self._replace(span_id=_new_id(8))

    @property
    def traceparent(self) -> str:
        return f"00-{self.trace_id}-{self.span_id}-{self.flags:02x}"

    @property
    def tracestate(self) -> str | None:
        return self.state or None


def read(traceparent: str | None, tracestate: str | None = None) -> Trace | None:
    """What these headers, or attributes of an event, contain; None where ``traceparent`` is not
    valid. Of a later version of the format, what this one defines is read. A ``tracestate`` that is
    not valid is dropped alone."""
    found = TRACEPARENT.fullmatch((traceparent or "").strip())
    if found is None:
        return None
    version, trace_id, span_id, flags, more = found.groups()
    if version == "ff" or (version == "00" and more):
        return None
    if not int(trace_id, 16) or not int(span_id, 16):
        return None
    return Trace(trace_id, span_id, int(flags, 16), _valid_state(tracestate or ""))


def _valid_state(tracestate: str) -> str:
    members = [member for each in tracestate.split(",") if (member := each.strip(" \t"))]
    keys = {member.partition("=")[0] for member in members}
    is_valid = len(keys) == len(members) <= MAX_MEMBERS and all(
        map(TRACESTATE_MEMBER.fullmatch, members)
    )
    state = ",".join(members)
    return state if is_valid and len(state) <= TRACESTATE_CHARACTERS else ""


def _new_id(size: int) -> str:
    while not any(digits := os.urandom(size)):
        pass
    return digits.hex()
