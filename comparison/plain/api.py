"""The API: posts with their comments, read by a join, and writing both."""

from datetime import datetime
from typing import Any
from uuid import UUID

from rest_framework import serializers, status
from rest_framework.exceptions import NotFound
from rest_framework.generics import GenericAPIView
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from comparison import joined
from comparison.joined import COMMENT, POST, JoinedPost
from comparison.models import Comment, Post
from comparison.plain import services
from web.api import TextField, validated_query
from web.readers import Reader, remember_own

LIMIT = 100


class CommentSerializer(serializers.ModelSerializer[Comment]):
    author = TextField(max_length=80, default=services.ANONYMOUS)
    content = TextField(max_length=5_000)

    class Meta:
        model = Comment
        fields = ("id", "author", "content", "status", "created_at")
        read_only_fields = ("id", "status", "created_at")


class PostSerializer(serializers.ModelSerializer[Post]):
    title = TextField(max_length=200)
    body = TextField(max_length=20_000)
    author = TextField(max_length=80, required=False, allow_blank=True)

    class Meta:
        model = Post
        fields: tuple[str, ...] = ("id", "title", "body", "author", "created_at")
        read_only_fields = ("id", "created_at")


class ShownPostSerializer(PostSerializer):
    comment_count = serializers.IntegerField()
    comments = CommentSerializer(many=True)

    class Meta(PostSerializer.Meta):
        fields = (*PostSerializer.Meta.fields, "comment_count", "comments")


class PageQuery(serializers.Serializer[Any]):
    limit = serializers.IntegerField(min_value=1, max_value=LIMIT, default=20)
    before = serializers.DateTimeField(required=False)


class ForEveryone(GenericAPIView[Any]):
    permission_classes = (AllowAny,)


class PostList(ForEveryone):
    """Posts with their comments, newest first: ``?limit=&before=``."""

    serializer_class = PostSerializer

    def get(self, request: Request) -> Response:
        wanted = validated_query(request, PageQuery)
        posts = newest(wanted["limit"], wanted.get("before"), Reader(request))
        next_ = None
        if len(posts) == wanted["limit"]:
            before = posts[-1]["created_at"].isoformat()
            next_ = replace_query_param(request.build_absolute_uri(), "before", before)
        return Response({"next": next_, "results": ShownPostSerializer(posts, many=True).data})

    def post(self, request: Request) -> Response:
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        post = services.create_post(**serializer.validated_data)
        return Response(PostSerializer(post).data, status=status.HTTP_201_CREATED)


class PostDetail(ForEveryone):
    serializer_class = ShownPostSerializer

    def get(self, request: Request, post_id: UUID) -> Response:
        post = joined.one(post_id)
        if post is None:
            raise NotFound
        return Response(ShownPostSerializer(as_shown(post, Reader(request))).data)


class CommentsOfPost(ForEveryone):
    serializer_class = CommentSerializer

    def post(self, request: Request, post_id: UUID) -> Response:
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        try:
            comment = services.create_comment(post_id, **serializer.validated_data)
        except services.PostNotFound:
            raise NotFound from None
        response = Response(CommentSerializer(comment).data, status=status.HTTP_201_CREATED)
        remember_own(request._request, response, comment.id)
        return response


def newest(limit: int, before: datetime | None, reader: Reader) -> Any:
    return [as_shown(post, reader) for post in joined.newest(limit, before)]


def as_shown(found: JoinedPost, reader: Reader) -> Any:
    """Each text as this reader may see it."""
    comments = [dict(zip(COMMENT, row, strict=True)) for row in found.comments]
    for comment in comments:
        if not reader.may_read(comment["id"], comment["status"]):
            comment["content"] = ""
    post = dict(zip(POST, found.post, strict=True))
    return {**post, "comment_count": len(comments), "comments": comments}
