"""Read the golden log, and write its next part."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple
from uuid import NAMESPACE_URL, UUID, uuid5

import msgspec
from django.db import models

from eventstore import contracts, store
from eventstore.contracts import Contract
from eventstore.schemas import bare, schema_of
from query.models import CommentCounts, CommentView, PostView

HERE = Path(__file__).parent
SUMS = HERE / "SHA256SUMS"
TABLES: tuple[type[models.Model], ...] = (PostView, CommentView, CommentCounts)
START = datetime(2026, 1, 5, 9, 30, 0, 250_000, tzinfo=UTC)

ReadModel = dict[str, list[dict[str, Any]]]


class Part(NamedTuple):
    """A history, and the read model that it makes: the rows of each table, by key."""

    name: str

    @property
    def log(self) -> Path:
        return HERE / f"{self.name}.jsonl"

    @property
    def rows(self) -> Path:
        return HERE / f"{self.name}.read-model.json"

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log.read_text().splitlines()]

    def events(self) -> list[store.NewEvent]:
        return [_new_event(line) for line in self.lines()]

    def read_model(self) -> ReadModel:
        return dict(json.loads(self.rows.read_text()))


def parts() -> list[Part]:
    return [Part(path.stem) for path in sorted(HERE.glob("*.jsonl"))]


def read_model() -> ReadModel:
    """As it is now: times and ids are text."""
    return {model._meta.db_table: _rows(model) for model in TABLES}


def _rows(model: type[models.Model]) -> list[dict[str, Any]]:
    """In the order of their keys as text: databases differ in that of UUIDs."""
    key = model._meta.pk.attname
    rows = [msgspec.to_builtins(row) for row in model._default_manager.values()]
    return sorted(rows, key=lambda row: str(row[key]))


def sums() -> dict[str, str]:
    """By the name of the file, as ``sha256sum`` counts them."""
    files = sorted({*HERE.glob("*.jsonl"), *HERE.glob("*.json")})
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def _new_event(line: dict[str, Any]) -> store.NewEvent:
    return store.NewEvent(
        id=UUID(line["id"]),
        type=line["type"],
        source=line["source"],
        subject=UUID(line["subject"]),
        time=datetime.fromisoformat(line["time"]),
        data=json.dumps(line["data"], ensure_ascii=False),
        correlation_id=line["correlationid"],
        causation_id=None,
        version=line["dataversion"],
    )


# --- Writing the next part


def write(name: str, known: Iterable[set[str] | None]) -> Part:
    """``known``: of each telling of the story, which optional attributes a program knew that wrote
    it so; None: all. The read model is added by ``write_rows``."""
    part = Part(f"{len(parts()) + 1:04}-{name}")
    tellings = [
        line for number, names in enumerate(known) for line in _told(part.name, number, names)
    ]
    part.log.write_text("".join(f"{json.dumps(line, ensure_ascii=False)}\n" for line in tellings))
    return part


def write_rows(part: Part) -> None:
    """The read model as it is now becomes the part's."""
    part.rows.write_text(json.dumps(read_model(), indent=1, ensure_ascii=False) + "\n")
    SUMS.write_text("".join(f"{digest}  {name}\n" for name, digest in sums().items()))


def _told(part: str, number: int, names: set[str] | None) -> Iterator[dict[str, Any]]:
    """The lines of one telling: an event of CloudEvents' attributes each."""

    def own(what: str) -> UUID:
        return uuid5(NAMESPACE_URL, f"{part}/{number}/{what}")

    begun = START + timedelta(days=number)
    for place, event in enumerate(_story(own, begun)):
        type_, schema = type(event).__name__, schema_of(type(event))
        data = msgspec.to_builtins(event)
        if names is not None:
            kept = bare(schema, data).keys() | names
            data = {name: value for name, value in data.items() if name in kept}
        yield {
            "specversion": "1.0",
            "id": str(own(f"event {place}")),
            "source": event.source,
            "type": type_,
            "subject": str(event.subject),
            "time": (begun + timedelta(minutes=place)).isoformat(),
            "dataversion": event.version,
            "correlationid": str(own(f"request {place}")),
            "data": data,
        }


def _story(own: Any, begun: datetime) -> Iterator[Contract]:
    """Every type of event, each optional attribute with a value: posts that are changed and
    deleted, comments that are approved, rejected, replied to, changed and deleted."""
    first, gone = own("first"), own("gone")
    post = {"title": "First", "body": "A body, “quoted”: ä, 漢, 🍊\nand a line", "author": "Ann"}
    post |= {"slug": f"first-{str(first)[:8]}", "former_path": "/2019/05/first/"}
    yield contracts.PostCreated(post_id=first, created_at=begun, **post)
    yield contracts.PostCreated(post_id=gone, created_at=begun, title="Gone", body="")
    yield contracts.PostUpdated(post_id=first, created_at=begun, **{**post, "title": "Changed"})

    def state(name: str, content: str, **more: Any) -> dict[str, Any]:
        about = {"comment_id": own(name), "post_id": first, "author": "Bob", "status": "pending"}
        return about | {"created_at": begun + timedelta(minutes=20), "content": content} | more

    def decided(name: str, status: str, reason: str = "", **more: Any) -> Contract:
        by: dict[str, Any] = {"status": status, "reason": reason, "decided_by": "filter"}
        return contracts.CommentModerated(comment_id=own(name), post_id=first, **by, **more)

    kind = state("kind", "Kind words")
    yield contracts.CommentCreated(**kind)
    yield decided("kind", "approved")
    yield contracts.CommentUpdated(**kind | {"status": "approved"})

    orange = state("orange", "I like oranges")
    yield contracts.CommentCreated(**orange)
    yield decided("orange", "rejected", "the rule “orange”")
    refused = {"status": "rejected", "reason": "the rule “orange”"}
    yield contracts.CommentUpdated(**orange | refused)

    thread = {"thread_id": own("kind"), "thread_at": begun + timedelta(minutes=20)}
    reply = state("reply", "A reply", parent_id=own("kind"), **thread)
    yield contracts.CommentCreated(**reply)
    yield decided("reply", "approved")
    yield contracts.CommentUpdated(**reply | {"status": "approved"})
    again = reply | {"content": "Another reply", "revision": 2}
    yield contracts.CommentUpdated(**again)
    yield decided("reply", "approved", revision=2)
    yield contracts.CommentUpdated(**again | {"status": "approved"})

    yield contracts.CommentCreated(**state("unwanted", "Soon deleted"))
    yield contracts.CommentDeleted(comment_id=own("unwanted"), post_id=first)
    yield contracts.CommentCreated(**state("waiting", "Still waiting", reason="held", revision=2))
    yield contracts.PostDeleted(post_id=gone)
