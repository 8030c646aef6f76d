"""Three small services as a tutorial would write them, for the ways that have no event store.

Each keeps comments in an SQLite file of its own, and does not know how events travel: that is in
``bus`` and in ``broker``.
"""

import re
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID, uuid4

import msgspec

from comparison.delivery.crash import crash_point
from config.processes.layout import HOST
from eventstore.contracts import CommentCreated, CommentModerated, Contract, decode, encode
from moderation.rules import judge

WRITER, COMMENTS, MODERATION, NEW_SERVICE = "writer", "comments", "moderation", "new-service"
"""The processes of each way: the one in which comments are written; the one that applies the
decisions, if that is another one; moderation; and the service that is added later."""

Respond = Callable[[str, bytes], tuple[int, bytes]]
"""From the path and body of a POST to the status and body of its response."""

REQUEST_TIMEOUT_SECONDS = 10.0
NEW_COMMENT_PATH = re.compile(r"/api/posts/([0-9a-f-]{36})/comments/")
SCHEMA = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = NORMAL;
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


@contextmanager
def open_database(folder: Path, service: str) -> Iterator[sqlite3.Connection]:
    """Commits at the end of the context; an exception rolls back."""
    with closing(sqlite3.connect(folder / f"{service}.sqlite3", timeout=20)) as database, database:
        database.executescript(SCHEMA)
        yield database


def create_comment(folder: Path, post_id: UUID, author: str, content: str) -> CommentCreated:
    """In the service comments. It is pending until the decision of moderation arrives. Returns,
    after the commit, the event to publish."""
    comment = CommentCreated(
        comment_id=uuid4(),
        post_id=post_id,
        author=author,
        content=content,
        status="pending",
        created_at=datetime.now(UTC),
    )
    with open_database(folder, COMMENTS) as database:
        save(database, comment, comment.status)
    return comment


def save(database: sqlite3.Connection, comment: CommentCreated, status: str = "") -> None:
    ids = (str(comment.comment_id), str(comment.post_id))
    row = (*ids, comment.author, comment.content, status or comment.status)
    database.execute("INSERT OR REPLACE INTO comment VALUES (?, ?, ?, ?, ?)", row)


def apply_decision(database: sqlite3.Connection, decision: CommentModerated) -> None:
    row = (decision.status, str(decision.comment_id))
    database.execute("UPDATE comment SET status = ? WHERE id = ?", row)


def moderate(database: sqlite3.Connection, comment: CommentCreated) -> CommentModerated:
    """Decides by the blog's own rules."""
    verdict = judge(comment.content, RULES)
    status = "rejected" if verdict else "approved"
    save(database, comment, status)
    return CommentModerated(
        comment_id=comment.comment_id,
        post_id=comment.post_id,
        status=status,
        reason=f"the rule “{verdict.term}”" if verdict else "no rule matched",
        decided_by="filter",
    )


class Service(NamedTuple):
    """``subscribes_to`` is the event that it handles, and ``apply`` how: it returns the event to
    publish, if there is one."""

    name: str
    subscribes_to: type[Contract]
    apply: Callable[[sqlite3.Connection, Any], Contract | None]

    def handle(self, folder: Path, event: Any) -> Contract | None:
        """In one transaction. Returns, after the commit, the event to publish."""
        with open_database(folder, self.name) as database:
            row = (str(event.comment_id),)
            database.execute("INSERT INTO handled (comment_id) VALUES (?)", row)
            return self.apply(database, event)


SERVICES = {
    COMMENTS: Service(COMMENTS, CommentModerated, apply_decision),
    MODERATION: Service(MODERATION, CommentCreated, moderate),
    NEW_SERVICE: Service(NEW_SERVICE, CommentCreated, save),
}


def to_message(event: Contract) -> dict[str, str]:
    """An event as it travels: ``{"type": "CommentCreated", "data": "{…}"}``."""
    return {"type": type(event).__name__, "data": encode(event)}


def from_message(message: Mapping[str, str]) -> Contract:
    return decode(message["type"], message["data"])


def comments_api(folder: Path, publish: Callable[[Contract], None]) -> Respond:
    """The blog's own address for a new comment. The comment is saved, and then its event is
    published: if that fails, the response is 201 all the same."""

    def respond(path: str, body: bytes) -> tuple[int, bytes]:
        if not (found := NEW_COMMENT_PATH.fullmatch(path)):
            return HTTPStatus.NOT_FOUND, b"{}"
        comment = create_comment(folder, UUID(found[1]), **msgspec.json.decode(body))
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
