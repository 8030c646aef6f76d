"""The ways in which a new service gets the history of a blog that is there already.

By requests to the other services' APIs, from their databases, or from the stored events.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC
from typing import Any
from uuid import UUID

from django.db import connections
from django.db.models import Model

from comparison.history.results import Blog, Piece
from comparison.reads.ways import Addresses, Takes, requests_for
from eventstore import store
from eventstore.rebuild import Rebuild
from eventstore.rows import upsert
from lab.data import PostData, chunks
from lab.network import Calls
from query.models import CommentView, PostView, consumer

ALIAS = "query"
"""The new service's own database."""
HERE = "comparison/history/ways.py"

Rows = list[dict[str, Any]]


def count_blog(data: Sequence[PostData]) -> Blog:
    """A comment is created; one that is not held is decided upon, and updated."""
    comments = [comment for post in data for comment in post.comments]
    decided = sum(comment.status != "pending" for comment in comments)
    subscribed = len(data) + len(comments) + decided
    return Blog(
        posts=len(data),
        comments=len(comments),
        subscribed=subscribed,
        events=subscribed + decided,
    )


@dataclass(frozen=True)
class Others:
    """What the new service knows of the others: their addresses, and a login that lets it read
    everything."""

    calls: Calls
    at: Addresses
    login: dict[str, str] = field(default_factory=dict)


Step = Callable[[Others], int]
"""Puts what it gets into the new service's own database, and returns how many records it got.
Raises CallFailed, or a database's error; what it has saved until then stays."""


@dataclass(frozen=True)
class Way:
    """``steps`` are independent: if one fails, the next is tried all the same.

    ``takes`` is what all of it must take of the others, requests to them and queries to their
    databases: what was counted is checked against it. ``size`` is how many bytes it got, if it is
    not the calls that know. ``columns`` of the others are those that it depends on. A way that
    reads ``stored_events`` gets what was published while it copied.
    """

    name: str
    title: str
    steps: tuple[Step, ...]
    takes: Callable[[Blog], Takes]
    code: tuple[Piece, ...]
    size: Callable[[Others], int | None] = lambda others: others.calls.received
    columns: tuple[str, ...] = ()
    stored_events: bool = False


def save(model: type[Model], rows: Rows) -> int:
    """The APIs and the tables name everything as the read model does."""
    if rows:
        upsert(model, [model(**row) for row in rows], ALIAS)
    return len(rows)


# --- Requests to the others' APIs -------------------------------------------------------------

PAGE = 100  # posts in one response: as many as the API gives


def request_posts(others: Others) -> list[str]:
    """Copies all posts, page by page; returns their ids. Raises CallFailed."""
    ids = []
    for posts in pages(others, f"{others.at['posts']}/api/posts/?limit={PAGE}"):
        save(PostView, posts)
        ids += [post["id"] for post in posts]
    return ids


def request_comments(others: Others, url: str) -> int:
    """Copies all comments of the list at ``url``; returns how many. Raises CallFailed."""
    return sum(save(CommentView, comments) for comments in pages(others, url))


def pages(others: Others, url: str) -> Iterator[Rows]:
    next_: str | None = url
    while next_:
        page = others.calls.get(next_, others.login).data
        yield page["results"]
        next_ = page["next"]


def request_per_post(others: Others) -> int:
    ids = request_posts(others)
    urls = [f"{others.at['comments']}/api/posts/{id}/comments/" for id in ids]
    return len(ids) + sum(request_comments(others, url) for url in urls)


def request_batches(others: Others) -> int:
    ids = request_posts(others)
    count = len(ids)
    for some in chunks(ids, PAGE):
        query = "&".join(f"post_id={id}" for id in some)
        count += request_comments(
            others, f"{others.at['comments']}/api/comments/?limit=1000&{query}"
        )
    return count


def takes_per_post(blog: Blog) -> Takes:
    """Each request looks up its user: a session, and the user of it. Then the page of posts; or
    whether the post exists, and its comments."""
    pages = requests_for(blog.posts)
    return Takes(pages + blog.posts, pages * (2 + 1) + blog.posts * (2 + 2))


def takes_batches(blog: Blog) -> Takes:
    """Each request looks up its user: a session, and the user of it. Then a page."""
    pages = 2 * requests_for(blog.posts)
    return Takes(pages, pages * (2 + 1))


REQUESTS = Piece("newcomer_past", HERE, ("request_posts", "request_comments", "pages", "save"))
APIS = (
    Piece("others_past", "posts/api.py", ("PostSerializer", "PostList")),
    Piece("others_past", "comments/api.py", ("CommentSerializer", "CommentsView")),
    Piece("others_past", "web/pagination.py"),
    Piece("others_past", "web/readers.py", ("Reader", "_is_trusted")),
)
"""What the others must offer for these requests. Readers of the page use most of it too."""


# --- The others' tables -----------------------------------------------------------------------
# Read as a foreign program does that has the databases' addresses, and none of their owners' code.

POST = ("id", "title", "body", "author", "created_at")
COMMENT = ("id", "post_id", "author", "content", "status", "created_at")
CHUNK_ROWS = 1_000  # in the order of their keys


class TypedValues:
    """PostgreSQL has types for UUIDs and times, and the driver knows them."""

    def key(self, id: UUID) -> Any:
        return id

    def value(self, column: str, value: Any) -> Any:
        return value


class PlainValues(TypedValues):
    """SQLite, MariaDB: keys are hexadecimal, with or without dashes; times are in UTC, without a
    time zone."""

    def key(self, id: UUID) -> Any:
        return id.hex

    def value(self, column: str, value: Any) -> Any:
        if column.endswith("id"):
            return UUID(value)
        return value.replace(tzinfo=UTC) if column.endswith("_at") else value


VALUES = {"postgresql": TypedValues(), "sqlite": PlainValues(), "mysql": PlainValues()}


def read_posts(others: Others) -> int:
    return sum(save(PostView, rows) for rows in read_table("posts", "posts_post", POST))


def read_comments(others: Others) -> int:
    found = read_table("comments", "comments_comment", COMMENT)
    return sum(save(CommentView, rows) for rows in found)


def read_table(alias: str, table: str, columns: tuple[str, ...]) -> Iterator[Rows]:
    """All rows of the table, in chunks."""
    names = ", ".join(columns)
    sql = f"SELECT {names} FROM {table} WHERE id > %s ORDER BY id LIMIT {CHUNK_ROWS}"  # noqa: S608
    values = VALUES[connections[alias].vendor]
    last, more = UUID(int=0), True
    while more:
        with connections[alias].cursor() as cursor:
            cursor.execute(sql, [values.key(last)])
            rows = [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]
        for row in rows:
            row.update((name, values.value(name, value)) for name, value in row.items())
        yield rows
        more = len(rows) == CHUNK_ROWS
        last = rows[-1]["id"] if rows else last


def takes_tables(blog: Blog) -> Takes:
    """The last chunk of a table is one that is not full."""
    return Takes(0, sum(rows // CHUNK_ROWS + 1 for rows in (blog.posts, blog.comments)))


TABLES = Piece(
    "newcomer_past",
    HERE,
    (
        *("POST", "COMMENT", "TypedValues", "PlainValues", "VALUES"),
        *("read_posts", "read_comments", "read_table", "save"),
    ),
)


# --- The stored events ------------------------------------------------------------------------

BATCH = 500  # events in one transaction: the default of CONSUMER_BATCH
REPLAY_CHUNK = 5_000  # events at a time: the default of the command's --batch-size


def catch_up(others: Others) -> int:
    """The new service's checkpoint is at 0, so its worker reads all that is stored."""
    return consumer.catch_up().handled


def replay(others: Others) -> int:
    """All events into a fresh table beside the live one, which here is empty, then the switch: as
    ``manage.py replay_events`` does."""
    return Rebuild(consumer, REPLAY_CHUNK, lambda events, position: None).switch().events


def takes_catch_up(blog: Blog) -> Takes:
    """Are there more; and for each batch: the head, the events, are there more."""
    return Takes(0, 1 + 3 * math.ceil(blog.subscribed / BATCH))


def takes_replay(blog: Blog) -> Takes:
    """The head, before and after; and the events."""
    return Takes(0, 2 + math.ceil(blog.subscribed / REPLAY_CHUNK))


def events_size(others: Others) -> int:
    """Bytes of the events that were read: their data alone."""
    pages = store.scan(0, store.head_position(), consumer.handlers)
    return sum(len(event.data.encode()) for events in pages for event in events)


def _store(*names: str) -> tuple[Piece, ...]:
    return tuple(Piece("store", f"eventstore/{name}.py") for name in names)


RELAY = ("relay", "relay_quietly", "_RelayOnce", "_relay_batch")
CONSUMER = ("Consumer", "NotParked", "Progress", "Lag")
STORE = (
    *_store("models", "store", "rows", "parking"),
    Piece("store", "eventstore/outbox.py", (*RELAY, "_note_positions")),
    Piece(
        "store", "eventstore/consumer.py", ("Consumer", "consumers", "NotParked", "Progress", "Lag")
    ),
)
"""The event store and what reads it. None of it knows of the new service."""


WAYS = (
    Way(
        name="requests-per-post",
        title="Requests: comments post by post",
        steps=(request_per_post,),
        takes=takes_per_post,
        code=(
            Piece("newcomer_past", HERE, ("request_per_post",)),
            REQUESTS,
            *APIS,
            Piece("others_past", "comments/api.py", ("CommentsOfPost",)),
        ),
    ),
    Way(
        name="requests-batched",
        title="Requests: comments of 100 posts at a time",
        steps=(request_batches,),
        takes=takes_batches,
        code=(
            Piece("newcomer_past", HERE, ("request_batches",)),
            REQUESTS,
            *APIS,
            Piece("others_past", "comments/api.py", ("CommentsOfPosts",)),
        ),
    ),
    Way(
        name="direct",
        title="The others' databases, read directly",
        steps=(read_posts, read_comments),
        takes=takes_tables,
        size=lambda others: None,
        code=(TABLES,),
        columns=(
            *(f"posts_post.{name}" for name in POST),
            *(f"comments_comment.{name}" for name in COMMENT),
        ),
    ),
    Way(
        name="events-caught-up",
        title="Stored events, caught up",
        steps=(catch_up,),
        takes=takes_catch_up,
        size=events_size,
        code=STORE,
        stored_events=True,
    ),
    Way(
        name="events-replayed",
        title="Stored events, replayed",
        steps=(replay,),
        takes=takes_replay,
        size=events_size,
        code=(
            *STORE,
            *_store("rebuild", "staging", "management/commands/replay_events"),
        ),
        stored_events=True,
    ),
)
BY_NAME = {way.name: way for way in WAYS}
