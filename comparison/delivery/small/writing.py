"""The address at which the small comments service takes a new comment: the blog's own."""

import re
from http import HTTPStatus
from uuid import UUID

import msgspec

from comparison.delivery.small.comments import Comments
from comparison.delivery.small.http import Answer
from eventstore.contracts import CommentCreated

COMMENTS = re.compile(r"/api/posts/([0-9a-f-]{36})/comments/")


class Written(msgspec.Struct):
    author: str
    content: str


def write(comments: Comments, path: str, body: bytes) -> CommentCreated | None:
    """The comment is saved, and its event not yet said; None where it is no such address."""
    found = COMMENTS.fullmatch(path)
    if not found:
        return None
    sent = msgspec.json.decode(body, type=Written)
    return comments.create(UUID(found[1]), sent.author, sent.content)


def created(comment: CommentCreated) -> Answer:
    return HTTPStatus.CREATED, msgspec.json.encode({"id": str(comment.comment_id)})
