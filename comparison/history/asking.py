"""How a newcomer asks the others' APIs for all that they have."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Model

from comparison.history.pieces import Piece
from comparison.history.way import ALIAS, Others
from eventstore.rows import upsert
from query.models import CommentView, PostView

POSTS = 100  # in one answer: as many as the API gives

Entries = list[dict[str, Any]]


def copy_posts(others: Others) -> list[str]:
    """All posts, page by page; returns their ids. Raises CallFailed."""
    ids = []
    for posts in pages(others, f"{others.at['posts']}/api/posts/?limit={POSTS}"):
        save(PostView, posts)
        ids += [post["id"] for post in posts]
    return ids


def copy_comments(others: Others, url: str) -> int:
    """All comments of the list at ``url``; returns how many. Raises CallFailed."""
    given = 0
    for comments in pages(others, url):
        save(CommentView, comments)
        given += len(comments)
    return given


def pages(others: Others, url: str) -> Iterator[Entries]:
    next_: str | None = url
    while next_:
        page = others.calls.get(next_, others.login).data
        yield page["results"]
        next_ = page["next"]


def save(model: type[Model], entries: Entries) -> None:
    """The APIs call everything as the read model does."""
    if entries:
        upsert(model, [model(**entry) for entry in entries], ALIAS)


ASKING = Piece(
    "newcomer_past",
    "comparison/history/asking.py",
    ("copy_posts", "copy_comments", "pages", "save"),
)

OFFERED = (
    Piece("others_past", "posts/api.py", ("PostSerializer", "PostList")),
    Piece("others_past", "comments/api.py", ("CommentSerializer", "CommentsView")),
    Piece("others_past", "web/pagination.py"),
    Piece("others_past", "web/visibility.py"),
)
"""What the others have to offer so that they can be asked for everything. Here the page's readers
use most of it as well."""
