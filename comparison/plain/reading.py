"""The page, read by a join; each text as this reader may see it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from comparison import joined
from comparison.joined import COMMENT, POST, JoinedPost
from web.readers import Reader

Shown = dict[str, Any]


def newest(limit: int, before: datetime | None, reader: Reader) -> list[Shown]:
    return [_shown(post, reader) for post in joined.newest(limit, before)]


def one(post_id: UUID, reader: Reader) -> Shown | None:
    found = joined.one(post_id)
    return _shown(found, reader) if found else None


def _shown(found: JoinedPost, reader: Reader) -> Shown:
    comments = [dict(zip(COMMENT, row, strict=True)) for row in found.comments]
    for comment in comments:
        if not reader.may_read(comment["id"], comment["status"]):
            comment["content"] = ""
    post = dict(zip(POST, found.post, strict=True))
    return {**post, "comment_count": len(comments), "comments": comments}
