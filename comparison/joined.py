"""The page by one statement: posts LEFT JOIN comments, a subselect for where a page ends."""

from collections import Counter
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
from query.shown import COMMENT, Counts, ShownPost, show_comments
from web.api import validated_query
from web.readers import Reader

POST = ("id", "title", "slug", "body", "author", "created_at")
COLUMNS = (*POST, *(f"comments__{name}" for name in COMMENT))
BEGINNING = datetime(1, 1, 2, tzinfo=UTC)


class PageQuery(serializers.Serializer[Any]):
    limit = serializers.IntegerField(min_value=1, max_value=100, default=20)
    before = serializers.DateTimeField(required=False)


def newest(request: Request) -> Response:
    """A list of the newest posts, ``?limit=&before=``, with the URL of the next ones. (No two posts
    of the lab's data have the same time.)"""
    wanted = validated_query(request, PageQuery)
    limit, before = wanted["limit"], wanted.get("before")
    posts = Post.objects.filter(created_at__lt=before) if before else Post.objects.all()
    beyond = Subquery(posts.values("created_at")[limit : limit + 1])
    page = posts.filter(created_at__gt=Coalesce(beyond, BEGINNING, output_field=DateTimeField()))
    shown, next_ = list(joined(page, Reader(request))), None
    if len(shown) == limit:
        last = shown[-1].created_at.isoformat()
        next_ = replace_query_param(request.build_absolute_uri(), "before", last)
    return Response({"next": next_, "results": shown})


def joined(posts: "QuerySet[Post]", reader: Reader) -> Iterator[ShownPost]:
    """Each with its comments, in order of time. A text that the reader may not see is empty."""
    rows = posts.order_by("-created_at", "-id", "comments__created_at", "comments__id")
    for values, group in groupby(rows.values_list(*COLUMNS), key=lambda row: row[: len(POST)]):
        # A post without comments comes with none.
        its: Any = (row[len(POST) :] for row in group if row[len(POST)])
        comments = show_comments(its, reader)
        counts = Counts(**Counter(comment.status for comment in comments))
        post: Any = (*values, counts.approved, counts, comments)
        yield ShownPost(*post)
