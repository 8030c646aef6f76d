"""The query API: the read model, for everyone."""

from copy import copy
from typing import Any
from uuid import UUID

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from query.freshness import wait_for
from query.models import CommentView, PostView
from query.reads import (
    POSTS,
    PostQuery,
    comment_values,
    counts_of,
    show_post,
    with_newest_comments,
)
from query.remembered import remembered
from query.shown import Counts, ShownComment, ShownPost, show_comments
from web.api import StrictQuery, ids_parameter, uuids, validated_query
from web.errors import NotYet
from web.etags import ETAG, IF_NONE_MATCH
from web.filters import LIST, LIST_OF_COMMENTS, CommentFilter, ListFilter
from web.pagination import PAGE, NewestFirst, OldestFirst
from web.readers import MAX_OWN_COMMENTS, Reader


class ShownCommentSerializer(serializers.Serializer[ShownComment]):
    """``author``, ``content`` and ``reason`` are empty for a reader who may not read them."""

    id = serializers.UUIDField()
    parent_id = serializers.UUIDField(allow_null=True)
    author = serializers.CharField()
    content = serializers.CharField()
    status = serializers.CharField()
    created_at = serializers.DateTimeField()
    reason = serializers.CharField()


class CountsSerializer(serializers.Serializer[Counts]):
    """A post's comments by their status."""

    approved = serializers.IntegerField()
    pending = serializers.IntegerField()
    rejected = serializers.IntegerField()


class ShownPostSerializer(serializers.Serializer[ShownPost]):
    id = serializers.UUIDField()
    title = serializers.CharField()
    slug = serializers.CharField()
    body = serializers.CharField()
    author = serializers.CharField()
    created_at = serializers.DateTimeField()
    comment_count = serializers.IntegerField(help_text="The number of approved comments.")
    counts = CountsSerializer()
    comments = ShownCommentSerializer(many=True)


class ShownPostInFullSerializer(ShownPostSerializer):
    comments_next = serializers.URLField(allow_null=True)


class ReadQuery(serializers.Serializer[Any]):
    min_position = serializers.IntegerField(
        min_value=0,
        max_value=2**63 - 1,
        default=0,
        help_text="Wait, for a short time, until the read model has reached this position.",
    )


read_parameters = extend_schema(parameters=[ReadQuery, IF_NONE_MATCH, ETAG])


class ReadView(StrictQuery, generics.GenericAPIView[Any]):
    """``?min_position=N`` waits; 503 where the read model does not reach it in time."""

    permission_classes = (AllowAny,)
    filter_backends: Any = ()
    query_names = PAGE | {"min_position"}

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        position = validated_query(request, ReadQuery)["min_position"]
        if position and not wait_for(position):
            raise NotYet
        self.reader = Reader(request)


@read_parameters
class PostList(ReadView):
    """Posts, newest first, each with its newest comments in order of time."""

    queryset = POSTS.all()
    serializer_class = ShownPostSerializer
    pagination_class = NewestFirst
    filter_backends = (ListFilter,)
    searched = ("title", "body")
    query_names = LIST | {"min_position"}

    @extend_schema(
        operation_id="query_posts_list",
        summary="List posts with their newest comments",
        responses=ShownPostSerializer(many=True),
    )
    @remembered
    def get(self, request: Request) -> Response:
        pages: Any = self.paginator
        query = PostQuery(pages.choose(self.filter_queryset(self.get_queryset()), request))
        unread = copy(pages)
        self.again = lambda: page_of_posts(copy(unread), query, Reader())
        return Response(page_of_posts(pages, query, self.reader))


def page_of_posts(pages: NewestFirst, query: PostQuery, reader: Reader) -> Any:
    """``query`` is of what ``pages`` has chosen."""
    posts = with_newest_comments(pages.take(query.rows()), reader)
    return pages.get_paginated_response(posts).data


@read_parameters
class PostDetail(ReadView):
    """One post with its first comments; ``comments_next`` is the address of the rest."""

    queryset = POSTS.all()
    serializer_class = ShownPostInFullSerializer
    pagination_class = OldestFirst
    lookup_url_kwarg = "post_id"

    @extend_schema(summary="Read a post with its comments")
    @remembered
    def get(self, request: Request, post_id: UUID) -> Response:
        row = self.get_object()
        comments = CommentView.objects.filter(post_id=post_id)
        paginator = OldestFirst()
        page = paginator.paginate_queryset(comments, request, view=self)
        shown = show_comments(map(comment_values, page), self.reader)
        post = show_post(row, counts_of(row), shown)
        paginator.base_url = reverse("query:post-comments", [post_id], request=request)
        post.comments_next = paginator.get_next_link()
        return Response(post)


@read_parameters
class PostComments(ReadView):
    """The comments of one post in order of time."""

    queryset = CommentView.objects.all()
    serializer_class = ShownCommentSerializer
    pagination_class = OldestFirst
    filter_backends = (CommentFilter,)
    searched = ("content",)
    query_names = LIST_OF_COMMENTS | {"min_position"}

    @extend_schema(
        summary="List the comments of a post, as its page shows them",
        responses=ShownCommentSerializer(many=True),
    )
    @remembered
    def get(self, request: Request, post_id: UUID) -> Response:
        get_object_or_404(PostView, id=post_id)
        comments = self.filter_queryset(self.get_queryset().filter(post_id=post_id))
        page = self.paginate_queryset(comments)
        shown = show_comments(map(comment_values, page or []), self.reader)
        return self.get_paginated_response(shown)


@read_parameters
class Comments(ReadView):
    """Comments of any posts by their ids, ``?id=…&id=…``, in order of time; those that do not exist
    are left out. So a page learns what has become of the comments that its reader sent."""

    queryset = CommentView.objects.all()
    serializer_class = ShownCommentSerializer
    pagination_class = OldestFirst
    query_names = PAGE | {"min_position", "id"}

    @extend_schema(
        operation_id="query_comments_list",
        summary="Read comments by their ids",
        parameters=[ids_parameter("id", MAX_OWN_COMMENTS)],
        responses=ShownCommentSerializer(many=True),
    )
    @remembered
    def get(self, request: Request) -> Response:
        ids = uuids(request, "id", MAX_OWN_COMMENTS)
        page = self.paginate_queryset(self.get_queryset().filter(id__in=ids))
        shown = show_comments(map(comment_values, page or []), self.reader)
        return self.get_paginated_response(shown)
