"""An event of the log as one line of JSON: CloudEvents 1.0, in structured mode.

``id``, ``source``, ``type``, ``subject`` and ``time`` are CloudEvents' own attributes. Of the
extensions, ``sequence`` is the position, with leading zeros, so that texts are ordered as numbers
are; ``traceparent`` and ``tracestate`` are those of distributed tracing; ``correlationid``,
``causationid`` and ``dataversion`` are as in ``/api/events/``. What has no value is absent.
"""

from datetime import UTC
from typing import Annotated, Literal, NamedTuple
from uuid import UUID

import msgspec
from msgspec import Meta

from eventstore.contracts import UNREADABLE, BadEvent, Moment, decode
from eventstore.store import NewEvent
from eventstore.tracing import TRACEPARENT_CHARACTERS, TRACESTATE_CHARACTERS

ContentType = Literal["application/json", "text/plain"]
JSON: ContentType = "application/json"
TEXT: ContentType = "text/plain"
SEQUENCE_DIGITS = 19  # of the largest position, 2**63 - 1
NO_NUL = r"^[^\x00]*\Z"  # PostgreSQL has no text with one

Name = Annotated[str, Meta(min_length=1, max_length=64, pattern=NO_NUL)]


class BadLine(ValueError):
    """A line that is no event which the log could hold; the text is the reason."""


class CloudEvent(msgspec.Struct, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A line's attributes, in their order. Others the log could not keep, so they are refused."""

    specversion: Literal["1.0"]
    id: UUID
    source: Name
    type: Name
    subject: UUID
    time: Moment
    datacontenttype: ContentType | None = None
    sequence: Annotated[str, Meta(pattern=r"^[0-9]{1,19}\Z")] | None = None
    correlationid: Annotated[str, Meta(max_length=64, pattern=NO_NUL)]
    causationid: UUID | None = None
    dataversion: Annotated[int, Meta(ge=1, le=2**15 - 1)] | None = None
    traceparent: Annotated[str, Meta(max_length=TRACEPARENT_CHARACTERS, pattern=NO_NUL)] | None = (
        None
    )
    tracestate: Annotated[str, Meta(max_length=TRACESTATE_CHARACTERS, pattern=NO_NUL)] | None = None
    data: msgspec.Raw


class Exported(NamedTuple):
    """An event, and its position in the log that it comes from; 0 if that is not known."""

    position: int
    event: NewEvent


_decoder = msgspec.json.Decoder(CloudEvent)
_encoder = msgspec.json.Encoder()


def to_line(position: int, event: NewEvent) -> bytes:
    """The line, with its end. The data stays as it is in the log, whatever its version; what is no
    JSON is text."""
    data, is_json = _as_json(event.data)
    return _encoder.encode_lines(
        [
            CloudEvent(
                specversion="1.0",
                id=event.id,
                source=event.source,
                type=event.type,
                subject=event.subject,
                time=event.time,
                datacontenttype=JSON if is_json else TEXT,
                sequence=f"{position:0{SEQUENCE_DIGITS}}",
                correlationid=event.correlation_id,
                causationid=event.causation_id,
                dataversion=event.version,
                traceparent=event.traceparent,
                tracestate=event.tracestate,
                data=msgspec.Raw(data),
            )
        ]
    )


def from_line(line: bytes) -> Exported:
    """Raises BadLine."""
    try:
        found = _decoder.decode(line)
        time = found.time.astimezone(UTC)
        data = bytes(found.data).decode()
        if found.datacontenttype == TEXT:
            data = msgspec.json.decode(data, type=Annotated[str, Meta(pattern=NO_NUL)])
    except (*UNREADABLE, OverflowError) as error:
        raise BadLine(_reason(error)) from error
    return Exported(
        int(found.sequence or 0),
        NewEvent(
            id=found.id,
            type=found.type,
            source=found.source,
            subject=found.subject,
            time=time,
            data=data,
            correlation_id=found.correlationid,
            causation_id=found.causationid,
            version=found.dataversion or 1,
            traceparent=found.traceparent,
            tracestate=found.tracestate,
        ),
    )


def refuse_unreadable(event: NewEvent) -> None:
    """Raises BadLine for what no service of this program would publish or could handle: its type or
    version is unknown, its data is not of its contract, or its source or subject are others."""
    try:
        contract = decode(event.type, event.data, event.version)
    except BadEvent as error:
        raise BadLine(str(error)) from error
    for name in ("source", "subject"):
        if (given := getattr(event, name)) != (own := getattr(contract, name)):
            raise BadLine(f"{event.type}: its {name} is {own}, and not {given}")


def differing(one: NewEvent, other: NewEvent) -> list[str]:
    """The attributes in which two events differ, as they are called in a line. The same JSON may be
    written in several ways."""
    names = {"version": "dataversion"}
    return [
        names.get(name, name.replace("_", ""))
        for name in NewEvent._fields
        if getattr(one, name) != getattr(other, name)
        and not (name == "data" and _is_same_json(one.data, other.data))
    ]


def _as_json(text: str) -> tuple[bytes, bool]:
    """JSON without an end of line in it; and whether the text is JSON, or has become a string."""
    try:
        msgspec.json.decode(text)
    except UNREADABLE:
        return msgspec.json.encode(text), False
    data = text.encode()
    return (msgspec.json.format(data, indent=-1) if b"\n" in data or b"\r" in data else data), True


def _is_same_json(one: str, other: str) -> bool:
    try:
        return bool(msgspec.json.decode(one) == msgspec.json.decode(other))
    except UNREADABLE:
        return False


def _reason(error: Exception) -> str:
    match error:
        case msgspec.ValidationError():
            return str(error).replace("`", "").replace(" - at $.", ": ")
        case OverflowError():
            return "no such time in UTC: time"
        case _:
            return f"no JSON: {error}"
