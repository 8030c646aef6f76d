"""Three small services as a tutorial would write them, for the ways that have no event store.

Each keeps comments in an SQLite file of its own, and does not know how events travel: that is in
``bus`` and in ``broker``.
"""

import re
import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar, NamedTuple
from uuid import UUID, uuid4

import msgspec

from comparison.delivery.crash import crash_point
from config.processes.layout import HOST
from eventstore.contracts import CommentCreated, CommentModerated, Contract, decode, encode
from moderation.rules import judge

Respond = Callable[[str, bytes], tuple[int, bytes]]
"""From the path and body of a POST to the status and body of its response."""

REQUEST_TIMEOUT_SECONDS = 10.0
NEW_COMMENT_PATH = re.compile(r"/api/posts/([0-9a-f-]{36})/comments/")
SCHEMA = """
CREATE TABLE IF NOT EXISTS comment (
    id TEXT PRIMARY KEY, post_id TEXT, author TEXT, content TEXT, status TEXT
);
-- One row for each time that an event took effect. Rows are only added, so duplicates show.
CREATE TABLE IF NOT EXISTS handled (sequence INTEGER PRIMARY KEY, comment_id TEXT);
"""


class Rule(NamedTuple):
    term: str
    match: str
    action: str


RULES = (Rule("orange", "prefix", "reject"),)
"""The rules of a new blog."""


class Service(ABC):
    """``subscribes_to`` is the event that it handles."""

    name: ClassVar[str]
    subscribes_to: ClassVar[type[Contract]]

    def __init__(self, folder: Path) -> None:
        self.database = folder / f"{self.name}.sqlite3"
        with open_database(self.database) as database:
            database.executescript(SCHEMA)

    def handle(self, event: Any) -> Contract | None:
        """Handles an event in one transaction. Returns, after the commit, the event to publish."""
        with open_database(self.database) as database:
            row = (str(event.comment_id),)
            database.execute("INSERT INTO handled (comment_id) VALUES (?)", row)
            return self.apply(database, event)

    @abstractmethod
    def apply(self, database: sqlite3.Connection, event: Any) -> Contract | None: ...


class Comments(Service):
    """A comment is pending until the decision of moderation arrives."""

    name = "comments"
    subscribes_to = CommentModerated

    def create(self, post_id: UUID, author: str, content: str) -> CommentCreated:
        """Saves a new comment. Returns the event to publish."""
        comment = CommentCreated(
            comment_id=uuid4(),
            post_id=post_id,
            author=author,
            content=content,
            status="pending",
            created_at=datetime.now(UTC),
        )
        with open_database(self.database) as database:
            save(database, comment, comment.status)
        return comment

    def apply(self, database: sqlite3.Connection, event: CommentModerated) -> None:
        row = (event.status, str(event.comment_id))
        database.execute("UPDATE comment SET status = ? WHERE id = ?", row)


class Moderation(Service):
    """Decides by the blog's own rules."""

    name = "moderation"
    subscribes_to = CommentCreated

    def apply(self, database: sqlite3.Connection, event: CommentCreated) -> CommentModerated:
        verdict = judge(event.content, RULES)
        status = "rejected" if verdict else "approved"
        save(database, event, status)
        return CommentModerated(
            comment_id=event.comment_id,
            post_id=event.post_id,
            status=status,
            reason=f"the rule “{verdict.term}”" if verdict else "no rule matched",
            decided_by="filter",
        )


class NewService(Service):
    """Added later; it needs every comment."""

    name = "new_service"
    subscribes_to = CommentCreated

    def apply(self, database: sqlite3.Connection, event: CommentCreated) -> None:
        save(database, event, event.status)


SERVICES: dict[str, type[Service]] = {
    service.name: service for service in (Comments, Moderation, NewService)
}


@contextmanager
def open_database(path: Path) -> Iterator[sqlite3.Connection]:
    """Commits at the end of the context; an exception rolls back."""
    with closing(sqlite3.connect(path, timeout=20)) as database, database:
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("PRAGMA synchronous=NORMAL")
        yield database


def save(database: sqlite3.Connection, comment: CommentCreated, status: str) -> None:
    ids = (str(comment.comment_id), str(comment.post_id))
    row = (*ids, comment.author, comment.content, status)
    database.execute("INSERT OR REPLACE INTO comment VALUES (?, ?, ?, ?, ?)", row)


def to_message(event: Contract) -> dict[str, str]:
    """An event as it travels: ``{"type": "CommentCreated", "data": "{…}"}``."""
    return {"type": type(event).__name__, "data": encode(event)}


def from_message(message: Mapping[str, str]) -> Contract:
    return decode(message["type"], message["data"])


def comments_api(service: Service, publish: Callable[[Contract], None]) -> Respond:
    """The blog's own address for a new comment. The comment is saved, and then its event is
    published: if that fails, the response is 201 all the same."""

    def respond(path: str, body: bytes) -> tuple[int, bytes]:
        found = NEW_COMMENT_PATH.fullmatch(path)
        if not found or not isinstance(service, Comments):
            return HTTPStatus.NOT_FOUND, b"{}"
        comment = service.create(UUID(found[1]), **msgspec.json.decode(body))
        crash_point()
        publish(comment)
        return HTTPStatus.CREATED, msgspec.json.encode({"id": str(comment.comment_id)})

    return respond


class _Server(ThreadingHTTPServer):
    request_queue_size = 128


def serve(port: int, respond: Respond) -> None:
    """Serves until the process ends, one thread per request. A GET is the health check."""

    class Handler(BaseHTTPRequestHandler):
        wbufsize = 65_536  # head and body leave together

        def do_GET(self) -> None:
            self._send(HTTPStatus.OK, b"{}")

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self._send(*respond(self.path, body))

        def _send(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_request(self, *_: object) -> None:
            """Requests are not logged."""

    _Server((HOST, port), Handler).serve_forever()
