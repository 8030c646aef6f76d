"""The page by one statement: posts LEFT JOIN comments, a subselect for where a page ends."""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

from django.db.models import DateTimeField, QuerySet, Subquery
from django.db.models.functions import Coalesce
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from comparison.models import Post
from web.api import validated_query
from web.readers import Reader

POST = ("id", "title", "body", "author", "created_at")
COMMENT = ("id", "author", "content", "status", "created_at")
COLUMNS = (*POST, *(f"comments__{name}" for name in COMMENT))
BEGINNING = datetime(1, 1, 2, tzinfo=UTC)


class PageQuery(serializers.Serializer[Any]):
    limit = serializers.IntegerField(min_value=1, max_value=100, default=20)
    before = serializers.DateTimeField(required=False)


def newest(request: Request, serializer: type[serializers.Serializer[Any]]) -> Response:
    """A list of the newest posts, ``?limit=&before=``, with the URL of the next ones. (No two posts
    of the lab's data have the same time.)"""
    wanted = validated_query(request, PageQuery)
    limit, before = wanted["limit"], wanted.get("before")
    posts = Post.objects.filter(created_at__lt=before) if before else Post.objects.all()
    beyond = Subquery(posts.values("created_at")[limit : limit + 1])
    page = posts.filter(created_at__gt=Coalesce(beyond, BEGINNING, output_field=DateTimeField()))
    shown, next_ = list(joined(page, Reader(request))), None
    if len(shown) == limit:
        last = shown[-1]["created_at"].isoformat()
        next_ = replace_query_param(request.build_absolute_uri(), "before", last)
    return Response({"next": next_, "results": serializer(shown, many=True).data})


def joined(posts: "QuerySet[Post]", reader: Reader) -> Iterator[Any]:
    """The values of ``POST``, ``comment_count``, and ``comments`` with those of ``COMMENT``, in
    order of time. A text that the reader may not see is empty."""
    rows = posts.order_by("-created_at", "-id", "comments__created_at", "comments__id")
    for values, group in groupby(rows.values_list(*COLUMNS), key=lambda row: row[: len(POST)]):
        # A post without comments comes with none.
        found = (dict(zip(COMMENT, row[len(POST) :], strict=True)) for row in group)
        comments = [comment for comment in found if comment["id"]]
        for comment in comments:
            if not reader.may_read(comment["id"], comment["status"]):
                comment["content"] = ""
        post = dict(zip(POST, values, strict=True))
        yield {**post, "comment_count": len(comments), "comments": comments}
