"""Three small services as a tutorial would write them, for the ways that have no event store.

Each has an SQLite file of its own, and does not know how events travel: that is in ``bus`` and in
``broker``.
"""

import re
import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar, NamedTuple
from uuid import UUID, uuid4

import msgspec

from config.processes.layout import HOST
from eventstore.contracts import CommentCreated, CommentModerated, Contract, decode, encode
from moderation.rules import judge

Response = tuple[int, bytes]
"""Status and body."""

REQUEST_TIMEOUT_SECONDS = 10.0
NEW_COMMENT_PATH = re.compile(r"/api/posts/([0-9a-f-]{36})/comments/")
# One row for each time that an event took effect. Rows are only added, so duplicates show.
HANDLED_TABLE = """
CREATE TABLE IF NOT EXISTS handled (
    sequence INTEGER PRIMARY KEY, comment_id TEXT NOT NULL, post_id TEXT NOT NULL
);
"""


class Service(ABC):
    """``subscribes_to`` lists the events that it handles; ``tables`` is its schema, in addition to
    ``handled``."""

    name: ClassVar[str]
    subscribes_to: ClassVar[tuple[type[Contract], ...]]
    tables: ClassVar[str] = ""

    def __init__(self, folder: Path) -> None:
        self.database = folder / f"{self.name}.sqlite3"
        with open_database(self.database) as database:
            database.executescript(HANDLED_TABLE + self.tables)

    @abstractmethod
    def handle(self, event: Contract) -> Contract | None:
        """Handles an event in one transaction. Returns, after the commit, the event to publish."""

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        with open_database(self.database) as database:
            database.execute("BEGIN IMMEDIATE")
            yield database
            database.commit()


class Comments(Service):
    """A comment is pending until the decision of moderation arrives."""

    name = "comments"
    subscribes_to = (CommentModerated,)
    tables = """
        CREATE TABLE IF NOT EXISTS comment (
            id TEXT PRIMARY KEY, post_id TEXT NOT NULL, author TEXT NOT NULL,
            content TEXT NOT NULL, status TEXT NOT NULL
        );
    """

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
        with self.transaction() as database:
            database.execute(
                "INSERT INTO comment (id, post_id, author, content, status) VALUES (?, ?, ?, ?, ?)",
                (str(comment.comment_id), str(post_id), author, content, comment.status),
            )
        return comment

    def handle(self, event: Contract) -> None:
        if isinstance(event, CommentModerated):
            with self.transaction() as database:
                record_handled(database, event.comment_id, event.post_id)
                database.execute(
                    "UPDATE comment SET status = ? WHERE id = ?",
                    (event.status, str(event.comment_id)),
                )


class Rule(NamedTuple):
    term: str
    match: str
    action: str


RULES = (Rule("orange", "prefix", "reject"),)
"""The rules of a new blog."""


class Moderation(Service):
    """Decides by the blog's own rules."""

    name = "moderation"
    subscribes_to = (CommentCreated,)
    tables = """
        CREATE TABLE IF NOT EXISTS review (comment_id TEXT PRIMARY KEY, status TEXT NOT NULL);
    """

    def handle(self, event: Contract) -> CommentModerated | None:
        if not isinstance(event, CommentCreated):
            return None
        verdict = judge(event.content, RULES)
        decision = CommentModerated(
            comment_id=event.comment_id,
            post_id=event.post_id,
            status="rejected" if verdict else "approved",
            reason=f"the rule “{verdict.term}”" if verdict else "no rule matched",
            decided_by="filter",
        )
        with self.transaction() as database:
            record_handled(database, event.comment_id, event.post_id)
            database.execute(
                "INSERT OR REPLACE INTO review (comment_id, status) VALUES (?, ?)",
                (str(event.comment_id), decision.status),
            )
        return decision


class NewService(Service):
    """Added later; it needs every comment."""

    name = "new_service"
    subscribes_to = (CommentCreated,)

    def handle(self, event: Contract) -> None:
        if isinstance(event, CommentCreated):
            with self.transaction() as database:
                record_handled(database, event.comment_id, event.post_id)


SERVICES: dict[str, type[Service]] = {
    service.name: service for service in (Comments, Moderation, NewService)
}


@contextmanager
def open_database(path: Path) -> Iterator[sqlite3.Connection]:
    """Rolls back what is not committed."""
    database = sqlite3.connect(path, timeout=20, isolation_level=None)
    try:
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("PRAGMA synchronous=NORMAL")
        yield database
    finally:
        database.close()


def record_handled(database: sqlite3.Connection, comment_id: object, post_id: object) -> None:
    """In the transaction in which the event takes effect."""
    database.execute(
        "INSERT INTO handled (comment_id, post_id) VALUES (?, ?)", (str(comment_id), str(post_id))
    )


def to_message(event: Contract) -> dict[str, str]:
    """An event as it travels: ``{"type": "CommentCreated", "data": "{…}"}``."""
    return {"type": type(event).__name__, "data": encode(event)}


def from_message(message: Mapping[str, str]) -> Contract:
    return decode(message["type"], message["data"])


class NewComment(msgspec.Struct):
    author: str
    content: str


def create_comment(comments: Comments, path: str, body: bytes) -> CommentCreated | None:
    """The blog's own address for a new comment. None if ``path`` is another address."""
    found = NEW_COMMENT_PATH.fullmatch(path)
    if not found:
        return None
    sent = msgspec.json.decode(body, type=NewComment)
    return comments.create(UUID(found[1]), sent.author, sent.content)


def created(comment: CommentCreated) -> Response:
    return HTTPStatus.CREATED, msgspec.json.encode({"id": str(comment.comment_id)})


class _Server(ThreadingHTTPServer):
    request_queue_size = 128
    daemon_threads = True


def serve(port: int, respond: Callable[[str, bytes], Response]) -> None:
    """Serves until the process ends, one thread per request. ``respond`` gets the path and body of
    a POST; a GET is the health check."""

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
