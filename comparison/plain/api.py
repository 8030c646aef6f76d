"""The API: posts with their comments, read by a join, and writing both."""

from typing import Any
from uuid import UUID

from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.generics import CreateAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from comparison.joined import joined, newest
from comparison.models import Comment, Post
from comparison.plain import services
from web.api import TextField
from web.readers import Reader, remember_own


class CommentSerializer(serializers.ModelSerializer[Comment]):
    author = TextField(max_length=80, default=services.ANONYMOUS)
    content = TextField(max_length=5_000)

    class Meta:
        model = Comment
        fields: tuple[str, ...] = (
            "id",
            "parent_id",
            "author",
            "content",
            "status",
            "created_at",
            "reason",
        )
        read_only_fields = ("id", "parent_id", "status", "created_at", "reason")


class PostSerializer(serializers.ModelSerializer[Post]):
    title = TextField(max_length=200)
    body = TextField(max_length=20_000)
    author = TextField(max_length=80, required=False, allow_blank=True)

    class Meta:
        model = Post
        fields: tuple[str, ...] = ("id", "title", "slug", "body", "author", "created_at")
        read_only_fields = ("id", "slug", "created_at")


class PostList(CreateAPIView[Post]):
    """Posts with their comments, newest first: ``?limit=&before=``."""

    serializer_class = PostSerializer

    def get(self, request: Request) -> Response:
        return newest(request)

    def perform_create(self, serializer: Any) -> None:
        serializer.instance = services.create_post(**serializer.validated_data)


class PostDetail(APIView):
    def get(self, request: Request, post_id: UUID) -> Response:
        for post in joined(Post.objects.filter(id=post_id), Reader(request)):
            return Response(post)
        raise NotFound


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
