"""The API: posts with their comments, read by a join, and writing both."""

from typing import Any
from uuid import UUID

from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.generics import CreateAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param
from rest_framework.views import APIView

from comparison import joined
from comparison.joined import COMMENT, POST, JoinedPost
from comparison.models import Comment, Post
from comparison.plain import services
from web.api import TextField, validated_query
from web.readers import Reader, remember_own


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
    limit = serializers.IntegerField(min_value=1, max_value=100, default=20)
    before = serializers.DateTimeField(required=False)


class PostList(CreateAPIView[Post]):
    """Posts with their comments, newest first: ``?limit=&before=``."""

    serializer_class = PostSerializer

    def get(self, request: Request) -> Response:
        wanted = validated_query(request, PageQuery)
        reader = Reader(request)
        found = joined.newest(wanted["limit"], wanted.get("before"))
        posts = [as_shown(post, reader) for post in found]
        next_ = None
        if len(posts) == wanted["limit"]:
            before = posts[-1]["created_at"].isoformat()
            next_ = replace_query_param(request.build_absolute_uri(), "before", before)
        return Response({"next": next_, "results": ShownPostSerializer(posts, many=True).data})

    def perform_create(self, serializer: Any) -> None:
        serializer.instance = services.create_post(**serializer.validated_data)


class PostDetail(APIView):
    def get(self, request: Request, post_id: UUID) -> Response:
        post = joined.one(post_id)
        if post is None:
            raise NotFound
        return Response(ShownPostSerializer(as_shown(post, Reader(request))).data)


class CommentsOfPost(CreateAPIView[Comment]):
    serializer_class = CommentSerializer

    def perform_create(self, serializer: Any) -> None:
        try:
            comment = services.create_comment(self.kwargs["post_id"], **serializer.validated_data)
        except Post.DoesNotExist:
            raise NotFound from None
        serializer.instance = comment

    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        response = super().create(request, *args, **kwargs)
        remember_own(request._request, response, UUID(response.data["id"]))
        return response


def as_shown(found: JoinedPost, reader: Reader) -> Any:
    """Each text as this reader may see it."""
    comments = [dict(zip(COMMENT, row, strict=True)) for row in found.comments]
    for comment in comments:
        if not reader.may_read(comment["id"], comment["status"]):
            comment["content"] = ""
    post = dict(zip(POST, found.post, strict=True))
    return {**post, "comment_count": len(comments), "comments": comments}
