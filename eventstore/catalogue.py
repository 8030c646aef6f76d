"""The catalogue of events, made from the contracts: who publishes and who consumes each type, its
attributes, its versions, an example."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from django.db import Error

from eventstore import releases
from eventstore.consumer import consumers
from eventstore.contracts import CONTRACTS
from eventstore.models import Subscription
from eventstore.releases import Release
from eventstore.schemas import example_of, in_words, schema_of


class Attribute(NamedTuple):
    """``kind`` in words, as in "uuid or null"; ``default`` is JSON, empty for a required one."""

    name: str
    kind: str
    is_required: bool
    default: str
    description: str


class Entry(NamedTuple):
    """A type of event. ``earlier`` versions of its contract were released, too."""

    type: str
    summary: str
    source: str
    consumers: list[str]
    version: int
    earlier: list[int]
    attributes: list[Attribute]
    example: str


class Catalogue(NamedTuple):
    """``is_complete``: the event store responded, so that consumers in other processes are known,
    too."""

    entries: list[Entry]
    is_complete: bool

    @property
    def publishers(self) -> list[str]:
        return list(dict.fromkeys(entry.source for entry in self.entries))

    @property
    def consumers(self) -> list[str]:
        return sorted({name for entry in self.entries for name in entry.consumers})


def catalogue() -> Catalogue:
    consumed, is_complete = subscriptions()
    release = releases.read()
    return Catalogue([_entry(name, consumed, release) for name in CONTRACTS], is_complete)


def subscriptions() -> tuple[dict[str, set[str]], bool]:
    """The types of events that each consumer subscribes to: those of this process, and those that
    have registered in the event store. False where that does not respond."""
    here = {name: set(each.handlers) for name, each in sorted(consumers().items())}
    try:
        rows = list(Subscription.objects.order_by("consumer").values_list("consumer", "types"))
    except Error:
        return here, False
    return {**{name: set(types) for name, types in rows if types}, **here}, True


def _entry(name: str, consumed: Mapping[str, Iterable[str]], release: Release) -> Entry:
    contract = CONTRACTS[name]
    schema = schema_of(contract)
    required = schema.get("required", ())
    versions = release[name].versions if name in release else ()
    return Entry(
        type=name,
        summary=schema.get("description", ""),
        source=contract.source,
        consumers=sorted(each for each, types in consumed.items() if name in types),
        version=contract.version,
        earlier=sorted(set(versions) - {contract.version}),
        attributes=[
            Attribute(
                name=attribute,
                kind=in_words(kind),
                is_required=attribute in required,
                default="" if attribute in required else json.dumps(kind.get("default")),
                description=kind.get("description", ""),
            )
            for attribute, kind in schema["properties"].items()
        ],
        example=json.dumps(example_of(schema), indent=2, ensure_ascii=False),
    )


def markdown(of: Catalogue) -> str:
    """The catalogue as a document."""
    return "\n".join(_lines(of))


def _lines(of: Catalogue) -> Iterator[str]:
    yield from ("# Events", "")
    rows = ((entry.type, entry.source, ", ".join(entry.consumers)) for entry in of.entries)
    yield from _table(("type", "published by", "consumed by"), rows)
    for entry in of.entries:
        yield from ("", f"## {entry.type}", "", entry.summary, "")
        yield f"- published by {entry.source}"
        yield f"- consumed by {', '.join(entry.consumers) or 'nobody'}"
        earlier = ", ".join(map(str, entry.earlier))
        yield f"- version {entry.version}" + (f"; the log may have {earlier}" if earlier else "")
        yield ""
        yield from _table(("attribute", "kind", "if missing", "what it is"), _rows(entry))
        yield from ("", "```json", entry.example, "```")


def _rows(entry: Entry) -> Iterator[tuple[str, ...]]:
    for each in entry.attributes:
        missing = "required" if each.is_required else f"`{each.default}`"
        yield f"`{each.name}`", each.kind, missing, each.description


def _table(heads: Iterable[Any], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    columns = list(heads)
    for cells in (columns, ["---"] * len(columns), *rows):
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"
