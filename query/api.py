"""The query API: the read model, for everyone."""

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
from query.reads import ShownComment, ShownPost, show_comments, show_post, with_newest_comments
from query.remembered import remembered
from web.api import validated_query
from web.errors import NotYet
from web.etags import ETAG, IF_NONE_MATCH
from web.pagination import NewestFirst, OldestFirst
from web.readers import Reader


class ShownCommentSerializer(serializers.Serializer[ShownComment]):
    id = serializers.UUIDField()
    author = serializers.CharField()
    content = serializers.CharField()
    status = serializers.CharField()
    created_at = serializers.DateTimeField()


class ShownPostSerializer(serializers.Serializer[ShownPost]):
    id = serializers.UUIDField()
    title = serializers.CharField()
    body = serializers.CharField()
    author = serializers.CharField()
    created_at = serializers.DateTimeField()
    comment_count = serializers.IntegerField()
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


class ReadView(generics.GenericAPIView[Any]):
    """``?min_position=N`` waits; 503 where the read model does not reach it in time."""

    permission_classes = (AllowAny,)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        position = validated_query(request, ReadQuery)["min_position"]
        if position and not wait_for(position):
            raise NotYet
        self.reader = Reader(request)


@read_parameters
class PostList(ReadView):
    """Posts, newest first, each with its newest comments in order of time."""

    queryset = PostView.objects.all()
    serializer_class = ShownPostSerializer
    pagination_class = NewestFirst

    @extend_schema(operation_id="query_posts_list", responses=ShownPostSerializer(many=True))
    @remembered
    def get(self, request: Request) -> Response:
        page = self.paginate_queryset(self.get_queryset())
        shown = with_newest_comments(page or [], self.reader)
        return self.get_paginated_response(self.get_serializer(shown, many=True).data)


@read_parameters
class PostDetail(ReadView):
    """One post with its first comments; ``comments_next`` is the address of the rest."""

    queryset = PostView.objects.all()
    serializer_class = ShownPostInFullSerializer
    pagination_class = OldestFirst
    lookup_url_kwarg = "post_id"

    @remembered
    def get(self, request: Request, post_id: UUID) -> Response:
        post = show_post(self.get_object())
        comments = CommentView.objects.filter(post_id=post_id)
        paginator = OldestFirst()
        page = paginator.paginate_queryset(comments, request, view=self)
        post.comments = show_comments(page or [], self.reader)
        post.comment_count = comments.count()
        paginator.base_url = reverse("query:post-comments", [post_id], request=request)
        post.comments_next = paginator.get_next_link()
        return Response(self.get_serializer(post).data)


@read_parameters
class PostComments(ReadView):
    """The comments of one post in order of time."""

    queryset = CommentView.objects.all()
    serializer_class = ShownCommentSerializer
    pagination_class = OldestFirst

    @extend_schema(responses=ShownCommentSerializer(many=True))
    @remembered
    def get(self, request: Request, post_id: UUID) -> Response:
        get_object_or_404(PostView, id=post_id)
        page = self.paginate_queryset(self.get_queryset().filter(post_id=post_id))
        shown = show_comments(page or [], self.reader)
        return self.get_paginated_response(self.get_serializer(shown, many=True).data)
