"""Three small services as a tutorial would write them, for the ways that have no event store.

Each keeps comments in an SQLite file of its own, and does not know how events travel: that is in
``bus`` and in ``broker``.
"""

import os
import re
import signal
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import msgspec

from config.processes.layout import HOST
from config.processes.paths import RunPaths
from eventstore.contracts import CommentCreated, CommentModerated, Contract, decode, encode
from moderation.rules import Action, Match, Verdict, judge

WRITER, COMMENTS, MODERATION, NEW_SERVICE = "writer", "comments", "moderation", "new-service"
"""The processes of each way: the one in which comments are written; the one that applies the
decisions, if that is another one; moderation; and the service that is added later."""
SUBSCRIPTIONS: dict[str, type[Contract]] = {
    COMMENTS: CommentModerated,
    MODERATION: CommentCreated,
    NEW_SERVICE: CommentCreated,
}
Respond = Callable[[str, bytes], tuple[int, bytes]]
"""From the path and body of a POST to the status and body of its response."""

PENDING = "pending"
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
SAVE = """
INSERT OR REPLACE INTO comment VALUES (:comment_id, :post_id, :author, :content, :status)
"""
RULES = (Verdict(Action.REJECT, "orange", Match.PREFIX),)  # the rules of a new blog


@contextmanager
def open_database(folder: Path, service: str) -> Iterator[sqlite3.Connection]:
    """Commits at the end of the context; an exception rolls back."""
    with closing(sqlite3.connect(folder / f"{service}.sqlite3", timeout=20)) as database, database:
        database.executescript(SCHEMA)
        yield database


def create_comment(folder: Path, post_id: UUID, author: str, content: str) -> CommentCreated:
    """In the service comments; pending until the decision of moderation arrives. Returns, after the
    commit, the event to publish."""
    new: dict[str, Any] = {"comment_id": uuid4(), "created_at": datetime.now(UTC)}
    comment = CommentCreated(post_id=post_id, author=author, content=content, status=PENDING, **new)
    with open_database(folder, COMMENTS) as database:
        database.execute(SAVE, msgspec.to_builtins(comment))
    return comment


def handle(service: str, folder: Path, event: Contract) -> CommentModerated | None:
    """In one transaction. Returns, after the commit, the event to publish, if there is one."""
    row, decision = msgspec.to_builtins(event), None
    with open_database(folder, service) as database:
        database.execute("INSERT INTO handled (comment_id) VALUES (:comment_id)", row)
        if service == COMMENTS:
            database.execute("UPDATE comment SET status = :status WHERE id = :comment_id", row)
        elif isinstance(event, CommentCreated):
            if service == MODERATION:
                decision = moderate(event)
                row["status"] = decision.status
            database.execute(SAVE, row)
    return decision


def moderate(comment: CommentCreated) -> CommentModerated:
    """By the blog's own rules."""
    verdict = judge(comment.content, RULES)
    status = "rejected" if verdict else "approved"
    reason = verdict.reason if verdict else "no rule matched"
    about: dict[str, Any] = {"comment_id": comment.comment_id, "post_id": comment.post_id}
    return CommentModerated(**about, status=status, reason=reason, decided_by="filter")


def to_message(event: Contract) -> dict[str, str]:
    """``{"type": "CommentCreated", "data": "{…}"}``"""
    return {"type": type(event).__name__, "data": encode(event)}


def from_message(message: Mapping[str, str]) -> Contract:
    return decode(message["type"], message["data"])


def crash_file(paths: RunPaths, program: str) -> Path:
    """While this file exists, the crash point of this program is armed."""
    return paths.run / f"{program}.crash"


def crash_point() -> None:
    """If armed, disarms itself, and ends the process by SIGKILL before it does anything else."""
    with suppress(FileNotFoundError):
        crash_file(RunPaths.of(os.environ), os.environ["SUPERVISOR_PROCESS_NAME"]).unlink()
        os.kill(os.getpid(), signal.SIGKILL)


def comments_api(folder: Path, publish: Callable[[Contract], None]) -> Respond:
    """The blog's own address for a new comment. The comment is saved, and then its event is
    published: if that fails, the response is 201 all the same."""

    def respond(path: str, body: bytes) -> tuple[int, bytes]:
        if not (found := NEW_COMMENT_PATH.fullmatch(path)):
            return HTTPStatus.NOT_FOUND, b"{}"
        comment = create_comment(folder, UUID(found[1]), **msgspec.json.decode(body))
        crash_point()
        publish(comment)
        return HTTPStatus.CREATED, msgspec.json.encode({"id": comment.comment_id})

    return respond


def serve(port: int, respond: Respond) -> None:
    """Serves until the process ends, one thread per request. A GET is the health check."""

    class Handler(BaseHTTPRequestHandler):
        wbufsize = 65_536  # head and body leave together

        def do_GET(self) -> None:
            self.answer(HTTPStatus.OK, b"{}")

        def answer(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.answer(*respond(self.path, body))

        def log_request(self, *_: object) -> None:
            """Requests are not logged."""

    class Server(ThreadingHTTPServer):
        request_queue_size = 128

    Server((HOST, port), Handler).serve_forever()
