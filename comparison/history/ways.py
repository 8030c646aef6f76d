"""The ways in which a new service gets the history of a blog that is there already: by requests to
the other services' APIs, from their databases, or from the stored events."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC
from functools import partial
from typing import Any
from uuid import UUID

from django.db import connections
from django.db.models import Model

from comparison.history.results import Blog
from comparison.reads.ways import Addresses, Takes, requests_for
from eventstore.rebuild import CHUNK, Rebuild
from eventstore.rows import Fold, Upsert
from lab.data import PostData, chunks
from lab.http import Calls
from query.models import CommentView, PostView, consumer

ALIAS = "query"  # the new service's own database
PAGE = 100  # posts in one response: as many as the API gives
CHUNK_ROWS = 1_000  # in the order of their keys
BATCH = 500  # events in one transaction: so few that no batch is cut short by its time

Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Others:
    """What the new service knows of the others; ``login`` lets it read everything."""

    calls: Calls
    at: Addresses
    login: dict[str, str]


@dataclass(frozen=True)
class Way:
    """Each of ``steps`` puts what it gets into the new service's own database, and returns how
    many records it got. Raises CallFailed, or a database's error: what it has saved stays, and the
    next step is tried all the same. ``takes``: what all of it must take of the others, against
    which what was counted is checked. With ``stored_events`` it gets what is published meanwhile.
    """

    name: str
    title: str
    steps: tuple[Callable[[Others], int], ...]
    takes: Callable[[Blog], Takes]
    stored_events: bool = False


def save(model: type[Model], rows: Rows) -> int:
    """The APIs and the tables name everything as the read model does."""
    if rows:
        fold = Fold()
        fold.add(Upsert(model, **row) for row in rows)
        fold.write(ALIAS)
    return len(rows)


# Requests to the others' APIs


def request_all(comment_lists: Callable[[str, list[str]], list[str]], others: Others) -> int:
    """All posts, and the comments at the URLs that ``comment_lists`` makes of the posts' ids."""
    ids: list[str] = []
    for posts in pages(others, f"{others.at['posts']}/api/posts/?limit={PAGE}"):
        save(PostView, posts)
        ids += [post["id"] for post in posts]
    urls = comment_lists(f"{others.at['comments']}/api", ids)
    return len(ids) + sum(save(CommentView, some) for url in urls for some in pages(others, url))


def pages(others: Others, url: str | None) -> Iterator[Rows]:
    while url:
        page = others.calls.get(url, others.login).data
        yield page["results"]
        url = page["next"]


def lists_per_post(api: str, ids: list[str]) -> list[str]:
    return [f"{api}/posts/{id}/comments/" for id in ids]


def lists_of_batches(api: str, ids: list[str]) -> list[str]:
    batches = ("&".join(f"post_id={id}" for id in some) for some in chunks(ids, PAGE))
    return [f"{api}/comments/?limit=1000&{batch}" for batch in batches]


# The others' tables: read as a foreign program does that has the databases' addresses, and none of
# their owners' code.

POST = ("id", "title", "body", "author", "created_at", "slug", "former_path")
COMMENT = ("id", "post_id", "parent_id", "author", "content", "status", "created_at", "reason")


def read_table(
    model: type[Model], alias: str, table: str, columns: tuple[str, ...], others: Others
) -> int:
    """All rows of the table, in chunks."""
    names = ", ".join(columns)
    sql = f"SELECT {names} FROM {table} WHERE id > %s ORDER BY id LIMIT {CHUNK_ROWS}"  # noqa: S608
    last, count, more = UUID(int=0).hex, 0, True
    while more:
        with connections[alias].cursor() as cursor:
            cursor.execute(sql, [last])
            rows = [typed(dict(zip(columns, row, strict=True))) for row in cursor.fetchall()]
        count += save(model, rows)
        more = len(rows) == CHUNK_ROWS
        last = rows[-1]["id"].hex if rows else last
    return count


def typed(row: dict[str, Any]) -> dict[str, Any]:
    """PostgreSQL has types for keys and times. In SQLite and MariaDB keys are hexadecimal, with or
    without dashes, and times in UTC, without a time zone."""
    ids = {name: UUID(str(row[name])) for name in row if name.endswith("id") and row[name]}
    return {**row, **ids, "created_at": row["created_at"].replace(tzinfo=UTC)}


WAYS = (
    Way(
        name="requests-per-post",
        title="Requests: comments post by post",
        steps=(partial(request_all, lists_per_post),),
        # Each request looks up its user: a session, and the user of it. Then the page of posts; or
        # whether the post exists, and its comments.
        takes=lambda blog: Takes(
            requests_for(blog.posts) + blog.posts,
            requests_for(blog.posts) * (2 + 1) + blog.posts * (2 + 2),
        ),
    ),
    Way(
        name="requests-batched",
        title="Requests: comments of 100 posts at a time",
        steps=(partial(request_all, lists_of_batches),),
        # Each request looks up its user as above. Then a page.
        takes=lambda blog: Takes(2 * requests_for(blog.posts), 2 * requests_for(blog.posts) * 3),
    ),
    Way(
        name="direct",
        title="The others' databases, read directly",
        steps=(
            partial(read_table, PostView, "posts", "posts_post", POST),
            partial(read_table, CommentView, "comments", "comments_comment", COMMENT),
        ),
        # The last chunk of a table is one that is not full.
        takes=lambda blog: Takes(0, blog.posts // CHUNK_ROWS + blog.comments // CHUNK_ROWS + 2),
    ),
    Way(
        name="events-caught-up",
        title="Stored events, caught up",
        # The new service's checkpoint is at 0, so its worker reads all that is stored.
        steps=(lambda others: consumer.catch_up(batch=BATCH).handled,),
        # The head; and for each batch: the events, the head again.
        takes=lambda blog: Takes(0, 1 + 2 * math.ceil(blog.subscribed / BATCH)),
        stored_events=True,
    ),
    Way(
        name="events-replayed",
        title="Stored events, replayed",
        # All events into a fresh table beside the live one, which here is empty, then the switch:
        # as ``manage.py replay_events`` does.
        steps=(lambda others: Rebuild(consumer, CHUNK, lambda *_: None).switch().events,),
        # The head, before and after; for each chunk of positions the events; the last one's id.
        takes=lambda blog: Takes(0, 3 + math.ceil(blog.events / CHUNK)),
        stored_events=True,
    ),
)
BY_NAME = {way.name: way for way in WAYS}


def count_blog(data: Sequence[PostData]) -> Blog:
    """A comment is created; one that is not held is decided upon, and updated."""
    comments = [comment for post in data for comment in post.comments]
    decided = sum(comment.status != "pending" for comment in comments)
    rows = len(data) + len(comments)
    return Blog(
        posts=len(data),
        comments=len(comments),
        subscribed=rows + decided,
        events=rows + 2 * decided,
    )
