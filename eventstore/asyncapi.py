"""The contracts as an AsyncAPI 3.0 document: what can be read from the log, for programs in other
languages and for tools that generate clients."""

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from eventstore import releases
from eventstore.contracts import CONTRACTS
from eventstore.releases import Release, Shape
from eventstore.schemas import TIME

Part = dict[str, Any]

VERSION = "3.0.0"
ID = str(uuid5(NAMESPACE_URL, "an event"))  # of examples
HEADERS: Part = {
    "type": "object",
    "required": ["id", "source", "type", "subject", "time", "correlationid", "dataversion"],
    "properties": {
        "position": {"type": "integer", "minimum": 1, "description": "In the log, without gaps."},
        "id": {"type": "string", "format": "uuid"},
        "source": {"type": "string", "description": "The service that publishes it."},
        "type": {"type": "string"},
        "subject": {
            "type": "string",
            "format": "uuid",
            "description": "The post or comment that it is about.",
        },
        "time": {"type": "string", "format": "date-time"},
        "correlationid": {
            "type": "string",
            "description": "The same from a request to the last event that it led to.",
        },
        "causationid": {
            "type": ["string", "null"],
            "format": "uuid",
            "description": "The event that led to this one; null if it was a request.",
        },
        "dataversion": {"type": "integer", "minimum": 1},
        "traceparent": {"type": ["string", "null"], "description": "W3C Trace Context."},
        "tracestate": {"type": ["string", "null"]},
    },
}


def document(subscriptions: Mapping[str, Iterable[str]], release: Release) -> Part:
    """``subscriptions`` are the types by consumer; ``release`` has the versions that were
    released."""
    shapes = {
        (name, version): shape
        for name, released in releases.after(release).items()
        for version, shape in released.versions.items()
    }
    messages = {_name(*key): _message(*key, shape) for key, shape in shapes.items()}
    return {
        "asyncapi": VERSION,
        "info": {"title": "Hindsight", "version": "1", "description": _description()},
        "defaultContentType": "application/json",
        "channels": {
            "log": {
                "address": "/api/events/",
                "title": "The log",
                "description": "All events, by position.",
                "messages": {name: _ref("messages", name) for name in messages},
            }
        },
        "operations": dict(_operations(subscriptions, shapes)),
        "components": {
            "messages": messages,
            "schemas": {
                "Attributes": HEADERS,
                **{_name(*key): shape.schema for key, shape in shapes.items()},
            },
            "correlationIds": {"correlation": {"location": "$message.header#/correlationid"}},
        },
    }


@cache
def _description() -> str:
    return Path(__file__).with_suffix(".md").read_text()


def _name(type_: str, version: int) -> str:
    """The present version has the type's name alone."""
    return type_ if version == CONTRACTS[type_].version else f"{type_}.v{version}"


def _ref(part: str, name: str) -> Part:
    return {"$ref": f"#/components/{part}/{name}"}


def _message(type_: str, version: int, shape: Shape) -> Part:
    source = CONTRACTS[type_].source
    subject = shape.example.get("comment_id") or shape.example.get("post_id")
    fixed = {"type": type_, "source": source, "dataversion": version}
    example = {"id": ID, "subject": subject, "time": TIME, "correlationid": ID}
    limits = {"properties": {name: {"const": value} for name, value in fixed.items()}}
    return {
        "name": type_,
        "title": type_ if _name(type_, version) == type_ else f"{type_}, version {version}",
        "summary": shape.schema.get("description", ""),
        "headers": {"allOf": [_ref("schemas", "Attributes"), {"type": "object", **limits}]},
        "payload": _ref("schemas", _name(type_, version)),
        "correlationId": _ref("correlationIds", "correlation"),
        "tags": [{"name": source}],
        "examples": [{"name": "example", "headers": fixed | example, "payload": shape.example}],
    }


def _operations(
    subscriptions: Mapping[str, Iterable[str]], shapes: Iterable[tuple[str, int]]
) -> Iterator[tuple[str, Part]]:
    """What each service does: it publishes the present versions, and consumes all."""
    known = list(shapes)
    for source in dict.fromkeys(contract.source for contract in CONTRACTS.values()):
        own = [name for name, contract in CONTRACTS.items() if contract.source == source]
        yield f"{source}Publish", _operation("send", source, f"What {source} publishes", own)
    for consumer, types in sorted(subscriptions.items()):
        wanted = set(types)
        read = [_name(*key) for key in known if key[0] in wanted]
        if read:
            summary = f"What {consumer} consumes"
            yield f"{consumer}Consume", _operation("receive", consumer, summary, read)


def _operation(action: str, service: str, summary: str, names: Iterable[str]) -> Part:
    return {
        "action": action,
        "channel": {"$ref": "#/channels/log"},
        "summary": summary,
        "tags": [{"name": service}],
        "messages": [{"$ref": f"#/channels/log/messages/{name}"} for name in names],
    }
