"""The posts API."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers, status
from rest_framework.exceptions import NotFound
from rest_framework.permissions import SAFE_METHODS, AllowAny, BasePermission, IsAdminUser
from rest_framework.request import Request
from rest_framework.response import Response

from posts import services
from posts.models import Post
from web.api import TextField
from web.errors import Changed
from web.etags import ETAG, IF_MATCH, IF_NONE_MATCH, check_if_match, etag, is_known


class PostSerializer(serializers.ModelSerializer[Post]):
    title = TextField(max_length=200)
    body = TextField(max_length=20_000, style={"base_template": "textarea.html"})
    author = TextField(max_length=80, required=False, allow_blank=True)

    class Meta:
        model = Post
        fields = ("id", "title", "body", "author", "created_at")
        read_only_fields = ("id", "created_at")


class PostList(generics.ListCreateAPIView[Post]):
    """All posts, newest first; everyone may write one."""

    queryset = Post.objects.all()
    serializer_class = PostSerializer
    permission_classes = (AllowAny,)

    def perform_create(self, serializer: Any) -> None:
        serializer.instance = services.create_post(**serializer.validated_data)


class PostDetail(generics.GenericAPIView[Post]):
    """One post. Changing and deleting it is for staff; ``If-Match`` guards both."""

    queryset = Post.objects.all()
    serializer_class = PostSerializer
    lookup_url_kwarg = "post_id"

    def get_permissions(self) -> list[BasePermission]:
        return [AllowAny() if self.request.method in SAFE_METHODS else IsAdminUser()]

    @extend_schema(parameters=[IF_NONE_MATCH, ETAG])
    def get(self, request: Request, post_id: UUID) -> Response:
        post = self.get_object()
        if is_known(request, post.version):
            headers = {"ETag": etag(post.version)}
            return Response(status=status.HTTP_304_NOT_MODIFIED, headers=headers)
        return self._response(post)

    @extend_schema(parameters=[IF_MATCH, ETAG])
    def patch(self, request: Request, post_id: UUID) -> Response:
        serializer = self.get_serializer(data=request.data, partial=True)
        serializer.is_valid(raise_exception=True)
        return self._response(self._change(services.update_post, **serializer.validated_data))

    @extend_schema(parameters=[IF_MATCH])
    def delete(self, request: Request, post_id: UUID) -> Response:
        self._change(services.delete_post)
        return Response(status=status.HTTP_204_NO_CONTENT)

    def _change(self, change: Callable[..., Any], **fields: Any) -> Any:
        """``change`` the post, if it has the version that ``If-Match`` names."""
        post = self.get_object()
        version = check_if_match(self.request, post.version)
        try:
            return change(post.id, version=version, **fields)
        except services.PostNotFound:
            raise NotFound from None
        except services.PostChanged:
            raise Changed from None

    def _response(self, post: Post) -> Response:
        return Response(self.get_serializer(post).data, headers={"ETag": etag(post.version)})
