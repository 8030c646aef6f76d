"""The monolith, well made: one statement that joins posts and comments."""

from datetime import datetime
from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from comparison import joined
from comparison.reads.listing import plainly, whole
from comparison.reads.serving import LabView
from comparison.reads.way import LIMIT, Addresses, Posts, Takes, Way, requests_for
from lab.network import Calls
from query.reads import ShownComment, ShownPost
from web.api import validated_query
from web.readers import Reader


class Asked(serializers.Serializer[Any]):
    limit = serializers.IntegerField(min_value=1, max_value=LIMIT, default=LIMIT)
    before = serializers.DateTimeField(required=False)


class Joined(LabView):
    """``?limit=&before=``: the next page begins before the last post of this one."""

    def get(self, request: Request) -> Response:
        wanted = validated_query(request, Asked)
        posts = newest(wanted["limit"], wanted.get("before"), self.reader)
        next_ = None
        if len(posts) == wanted["limit"]:
            before = posts[-1].created_at.isoformat()
            next_ = replace_query_param(request.build_absolute_uri(), "before", before)
        return Response({"next": next_, "results": self.shown(posts)})


def newest(limit: int, before: datetime | None, reader: Reader) -> list[ShownPost]:
    return [_shown(post, comments, reader) for post, comments in joined.newest(limit, before)]


def _shown(row: tuple[Any, ...], comments: list[tuple[Any, ...]], reader: Reader) -> ShownPost:
    post = ShownPost(*row)
    for id, author, content, status, created_at in comments:
        content = content if reader.may_read(id, status) else ""
        post.comments.append(ShownComment(id, author, content, status, created_at))
    post.comment_count = len(post.comments)
    return post


def read(calls: Calls, at: Addresses, posts: int) -> Posts:
    return whole(plainly(calls), f"{at['monolith']}/lab/monolith/join/", posts)


way = Way(
    name="monolith-join",
    title="Monolith, one join",
    claims=("easy-in-a-monolith",),
    takes=lambda posts: Takes(requests_for(posts), requests_for(posts)),
    read=read,
)
