"""The posts API."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils.timezone import get_current_timezone
from drf_spectacular.utils import extend_schema, extend_schema_view
from msgspec import Struct
from rest_framework import generics, serializers, status
from rest_framework.exceptions import NotFound
from rest_framework.permissions import SAFE_METHODS, AllowAny, BasePermission, IsAdminUser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from posts import services
from posts.models import IdempotencyKey, Post
from web.api import StrictQuery, TextField
from web.errors import Changed
from web.etags import ETAG, IF_MATCH, IF_NONE_MATCH, check_if_match, etag, is_known
from web.filters import LIST, ListFilter
from web.idempotency import idempotent
from web.readers import name_of_author


class ListedPost(Struct, frozen=True, gc=False):
    """What a list has of a post: what ``PostSerializer`` has of one, and in its order."""

    id: UUID
    title: str
    slug: str | None
    body: str
    author: str
    created_at: datetime


class PostSerializer(serializers.ModelSerializer[Post]):
    title = TextField(max_length=200)
    body = TextField(
        max_length=20_000,
        allow_blank=True,
        default="",
        style={"base_template": "textarea.html"},
        help_text="Markdown, as it was typed.",
    )
    author = TextField(max_length=80, required=False, allow_blank=True)

    class Meta:
        model = Post
        fields = ("id", "title", "slug", "body", "author", "created_at")
        read_only_fields = ("id", "slug", "created_at")


@extend_schema_view(get=extend_schema(summary="List posts"))
class PostList(StrictQuery, generics.ListCreateAPIView[Post]):
    """All posts, newest first. Everyone may write one, or staff alone, as the blog is set up."""

    queryset = Post.objects.all()
    serializer_class = PostSerializer
    filter_backends = (ListFilter,)
    searched = ("title", "body")
    query_names = LIST

    def get_permissions(self) -> list[BasePermission]:
        is_open = self.request.method in SAFE_METHODS or settings.POSTING == "everyone"
        return [AllowAny() if is_open else IsAdminUser()]

    def get(self, request: Request) -> Response:
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        zone = get_current_timezone()
        return self.get_paginated_response(
            [
                ListedPost(
                    post.id,
                    post.title,
                    post.slug,
                    post.body,
                    post.author,
                    post.created_at.astimezone(zone),
                )
                for post in page or []
            ]
        )

    @extend_schema(summary="Write a post")
    @idempotent(IdempotencyKey)
    def post(self, request: Request) -> Response:
        return self.create(request)

    def perform_create(self, serializer: Any) -> None:
        fields = serializer.validated_data
        author = fields.get("author") or name_of_author(self.request)
        serializer.instance = services.create_post(**{**fields, "author": author})

    def get_success_headers(self, data: Any) -> dict[str, str]:
        return {"Location": reverse("posts:api-detail", [data["id"]], request=self.request)}


class PostDetail(StrictQuery, generics.GenericAPIView[Post]):
    """One post. Changing and deleting it is for staff; ``If-Match`` guards both."""

    queryset = Post.objects.all()
    serializer_class = PostSerializer
    lookup_url_kwarg = "post_id"

    def get_object(self) -> Post:
        try:
            return services.find_post(self.kwargs["post_id"])
        except services.PostNotFound:
            raise NotFound from None

    def get_permissions(self) -> list[BasePermission]:
        return [AllowAny() if self.request.method in SAFE_METHODS else IsAdminUser()]

    @extend_schema(summary="Read a post", parameters=[IF_NONE_MATCH, ETAG])
    def get(self, request: Request, post_id: UUID) -> Response:
        post = self.get_object()
        if is_known(request, post.tag):
            headers = {"ETag": etag(post.tag)}
            return Response(status=status.HTTP_304_NOT_MODIFIED, headers=headers)
        return self._response(post)

    @extend_schema(summary="Change a post", parameters=[IF_MATCH, ETAG])
    def patch(self, request: Request, post_id: UUID) -> Response:
        serializer = self.get_serializer(data=request.data, partial=True)
        serializer.is_valid(raise_exception=True)
        return self._response(self._change(services.update_post, **serializer.validated_data))

    @extend_schema(summary="Delete a post", parameters=[IF_MATCH])
    def delete(self, request: Request, post_id: UUID) -> Response:
        self._change(services.delete_post)
        return Response(status=status.HTTP_204_NO_CONTENT)

    def _change(self, change: Callable[..., Any], **fields: Any) -> Any:
        """``change`` the post, if it is in the state that ``If-Match`` names."""
        post = self.get_object()
        tag = check_if_match(self.request, post.tag)
        try:
            return change(post.id, tag=tag, **fields)
        except services.PostNotFound:
            raise NotFound from None
        except services.PostChanged:
            raise Changed from None

    def _response(self, post: Post) -> Response:
        return Response(self.get_serializer(post).data, headers={"ETag": etag(post.tag)})
