"""The comments API."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, serializers, status
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.permissions import SAFE_METHODS, AllowAny, BasePermission, IsAdminUser
from rest_framework.request import Request
from rest_framework.response import Response

from comments import services
from comments.models import Comment
from web.api import TextField
from web.pagination import OldestFirst
from web.readers import Reader, remember_own

MAX_POSTS = 100  # whose comments one request may list
UUIDS = {"type": "array", "items": {"type": "string", "format": "uuid"}}
POST_IDS = OpenApiParameter(
    "post_id", {**UUIDS, "minItems": 1, "maxItems": MAX_POSTS}, required=True
)


class CommentSerializer(serializers.ModelSerializer[Comment]):
    """``content`` is empty for a reader who may not read it."""

    author = TextField(max_length=80, default=services.ANONYMOUS)
    content = TextField(max_length=5_000, style={"base_template": "textarea.html"})

    class Meta:
        model = Comment
        fields = ("id", "post_id", "author", "content", "status", "created_at")
        read_only_fields = ("id", "post_id", "status", "created_at")

    def to_representation(self, instance: Comment) -> dict[str, Any]:
        data = super().to_representation(instance)
        reader: Reader | None = self.context.get("reader")
        if reader and not reader.may_read(instance.id, instance.status):
            data["content"] = ""
        return data


class CommentsView(generics.GenericAPIView[Comment]):
    queryset = Comment.objects.all()
    serializer_class = CommentSerializer
    pagination_class = OldestFirst
    permission_classes: Any = (AllowAny,)

    def get_serializer_context(self) -> dict[str, Any]:
        return {**super().get_serializer_context(), "reader": Reader(self.request)}

    def page_of(self, comments: QuerySet[Comment]) -> Response:
        page = self.paginate_queryset(comments)
        return self.get_paginated_response(self.get_serializer(page, many=True).data)


class CommentsOfPost(CommentsView):
    """The comments of one post in order of time; everyone may write one."""

    @extend_schema(responses=CommentSerializer(many=True))
    def get(self, request: Request, post_id: UUID) -> Response:
        if not services.is_known(post_id):
            raise NotFound
        return self.page_of(self.get_queryset().filter(post_id=post_id))

    @extend_schema(responses={201: CommentSerializer})
    def post(self, request: Request, post_id: UUID) -> Response:
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        try:
            comment = services.create_comment(post_id, **serializer.validated_data)
        except services.PostNotFound:
            raise NotFound from None
        # Its own sender may read it in full.
        response = Response(CommentSerializer(comment).data, status=status.HTTP_201_CREATED)
        remember_own(request._request, response, comment.id)
        return response


class CommentsOfPosts(CommentsView):
    """The comments of several posts at once: ``?post_id=…&post_id=…``."""

    @extend_schema(
        operation_id="comments_list", parameters=[POST_IDS], responses=CommentSerializer(many=True)
    )
    def get(self, request: Request) -> Response:
        field = serializers.UUIDField()
        values = request.query_params.getlist("post_id")
        if not 0 < len(values) <= MAX_POSTS:
            raise ValidationError({"post_id": [f"Send 1 to {MAX_POSTS} post ids."]})
        try:
            ids = [field.run_validation(value) for value in values]
        except ValidationError as error:
            raise ValidationError({"post_id": error.detail}) from None
        return self.page_of(self.get_queryset().filter(post_id__in=ids))


class CommentDetail(CommentsView):
    """One comment. Deleting it is for staff."""

    lookup_url_kwarg = "comment_id"

    def get_permissions(self) -> list[BasePermission]:
        return [AllowAny() if self.request.method in SAFE_METHODS else IsAdminUser()]

    def get(self, request: Request, comment_id: UUID) -> Response:
        return Response(self.get_serializer(self.get_object()).data)

    def delete(self, request: Request, comment_id: UUID) -> Response:
        try:
            services.delete_comment(comment_id)
        except services.CommentNotFound:
            raise NotFound from None
        return Response(status=status.HTTP_204_NO_CONTENT)
