"""The monolith, well made: one statement that joins posts and comments."""

from datetime import UTC, datetime
from itertools import groupby
from typing import Any

from django.db.models import DateTimeField, Subquery
from django.db.models.functions import Coalesce
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from comparison.models import Post
from comparison.network import Calls
from comparison.reads.listing import plainly, whole
from comparison.reads.serving import LabView
from comparison.reads.way import LIMIT, Addresses, Posts, Takes, Way, requests_for
from query.reads import ShownComment, ShownPost
from web.asked import asked
from web.visibility import Reader

POST = ("id", "title", "body", "author", "created_at")
COMMENT = ("id", "author", "content", "status", "created_at")
COLUMNS = (*POST, *(f"comments__{name}" for name in COMMENT))
BEGINNING = datetime(1, 1, 2, tzinfo=UTC)


class Asked(serializers.Serializer[Any]):
    limit = serializers.IntegerField(min_value=1, max_value=LIMIT, default=LIMIT)
    before = serializers.DateTimeField(required=False)


class Joined(LabView):
    """``?limit=&before=``: the next page begins before the last post of this one."""

    def get(self, request: Request) -> Response:
        wanted = asked(request, Asked)
        posts = newest(wanted["limit"], wanted.get("before"), self.reader)
        next_ = None
        if len(posts) == wanted["limit"]:
            before = posts[-1].created_at.isoformat()
            next_ = replace_query_param(request.build_absolute_uri(), "before", before)
        return Response({"next": next_, "results": self.shown(posts)})


def newest(limit: int, before: datetime | None, reader: Reader) -> list[ShownPost]:
    """One statement: LEFT JOIN, and a subselect for where the page ends. (No two posts of the
    lab's data have the same time.)"""
    posts = Post.objects.filter(created_at__lt=before) if before else Post.objects.all()
    beyond = Subquery(posts.values("created_at")[limit : limit + 1])
    rows = (
        posts.filter(created_at__gt=Coalesce(beyond, BEGINNING, output_field=DateTimeField()))
        .order_by("-created_at", "-id", "comments__created_at", "comments__id")
        .values_list(*COLUMNS)
    )
    return [_post(list(of_post), reader) for _, of_post in groupby(rows, key=lambda row: row[0])]


def _post(rows: list[tuple[Any, ...]], reader: Reader) -> ShownPost:
    post = ShownPost(*rows[0][: len(POST)])
    for id, author, content, status, created_at in (row[len(POST) :] for row in rows):
        if id:  # a post without comments comes with none
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
