"""The newcomer reads the tables of posts and comments where they are.

As a program that is neither of them: it has their databases' addresses, and no code of theirs.
"""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.db import connections

from comparison.history.kinds import KINDS
from comparison.history.pieces import Piece
from comparison.history.way import ALIAS, Blog, Others, Way
from comparison.reads.way import Takes
from eventstore.rows import upsert
from query.models import CommentView, PostView

POST = ("id", "title", "body", "author", "created_at")
COMMENT = ("id", "post_id", "author", "content", "status", "created_at")
AT_A_TIME = 1_000  # rows, in the order of their keys

Row = dict[str, Any]


def copy_posts(others: Others) -> int:
    return sum(save(PostView, rows) for rows in read("posts", "posts_post", POST))


def copy_comments(others: Others) -> int:
    found = read("comments", "comments_comment", COMMENT)
    return sum(save(CommentView, rows) for rows in found)


def read(alias: str, table: str, columns: tuple[str, ...]) -> Iterator[list[Row]]:
    """All rows of the table, some at a time, so that none of them is too many."""
    wanted = ", ".join(columns)
    sql = f"SELECT {wanted} FROM {table} WHERE id > %s ORDER BY id LIMIT {AT_A_TIME}"  # noqa: S608
    kind = KINDS[connections[alias].vendor]
    last, more = UUID(int=0), True
    while more:
        with connections[alias].cursor() as cursor:
            cursor.execute(sql, [kind.key(last)])
            rows = [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]
        for row in rows:
            row.update((name, kind.value(name, value)) for name, value in row.items())
        yield rows
        more = len(rows) == AT_A_TIME
        last = rows[-1]["id"] if rows else last


def save(model: Any, rows: list[Row]) -> int:
    if rows:
        upsert(model, [model(**row) for row in rows], ALIAS)
    return len(rows)


def takes(blog: Blog) -> Takes:
    """The last page of a table is one that is not full."""
    return Takes(0, sum(rows // AT_A_TIME + 1 for rows in (blog.posts, blog.comments)))


way = Way(
    name="direct",
    title="The others' databases, read directly",
    claims=("own-queries", "private-databases"),
    steps=(copy_posts, copy_comments),
    takes=takes,
    size=lambda others: None,
    code=(
        Piece(
            "newcomer_past",
            "comparison/history/direct.py",
            ("POST", "COMMENT", "copy_posts", "copy_comments", "read", "save"),
        ),
        Piece("newcomer_past", "comparison/history/kinds.py", ("PostgreSQL", "Plain", "KINDS")),
    ),
    columns=(*(f"posts_post.{name}" for name in POST), *(f"comments_comment.{n}" for n in COMMENT)),
)
