"""The comments API."""

from collections.abc import Callable
from datetime import datetime, tzinfo
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils.timezone import get_current_timezone
from drf_spectacular.utils import extend_schema
from msgspec import Struct
from rest_framework import generics, serializers, status
from rest_framework.exceptions import NotFound, PermissionDenied, ValidationError
from rest_framework.permissions import SAFE_METHODS, AllowAny, BasePermission, IsAdminUser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from comments import services
from comments.models import Comment, IdempotencyKey
from web.api import StrictQuery, TextField, ids_parameter, uuids
from web.errors import Changed
from web.etags import ETAG, IF_MATCH, check_if_match, etag
from web.filters import LIST_OF_COMMENTS, CommentFilter
from web.idempotency import idempotent
from web.pagination import OldestFirst
from web.readers import Reader, own_comments, remember_own, too_late

MAX_POSTS = 100  # whose comments one request may list
POST_IDS = ids_parameter("post_id", MAX_POSTS)


class ListedComment(Struct, frozen=True, gc=False):
    """What a list has of a comment: what ``CommentSerializer`` has of one, and in its order."""

    id: UUID
    post_id: UUID
    parent_id: UUID | None
    author: str
    content: str
    status: str
    created_at: datetime
    reason: str


class CommentSerializer(serializers.ModelSerializer[Comment]):
    """``author``, ``content`` and ``reason`` are empty for a reader who may not read them."""

    author = TextField(max_length=80, allow_blank=True, default=services.ANONYMOUS)
    content = TextField(
        max_length=5_000,
        style={"base_template": "textarea.html"},
        help_text="Markdown, as it was typed.",
    )
    parent_id = serializers.UUIDField(
        allow_null=True,
        default=None,
        help_text="The comment of the same post that this one replies to.",
    )

    class Meta:
        model = Comment
        fields = (
            "id",
            "post_id",
            "parent_id",
            "author",
            "content",
            "status",
            "created_at",
            "reason",
        )
        read_only_fields = ("id", "post_id", "status", "created_at", "reason")

    def to_representation(self, instance: Comment) -> dict[str, Any]:
        data = super().to_representation(instance)
        reader: Reader | None = self.context.get("reader")
        if reader and not reader.may_read(instance.id, instance.status):
            data["author"] = data["content"] = data["reason"] = ""
        elif reader and not reader.may_know_why(instance.id):
            data["reason"] = ""
        return data


class ChangeSerializer(CommentSerializer):
    """What of a comment can be changed."""

    parent_id = serializers.UUIDField(allow_null=True, read_only=True)


class IsSenderOrStaff(IsAdminUser):
    """The sender is the browser that sent the comment: a signed cookie names it."""

    def has_permission(self, request: Request, view: Any) -> bool:
        is_own = view.kwargs["comment_id"] in own_comments(request)
        return is_own or super().has_permission(request, view)


class CommentsView(StrictQuery, generics.GenericAPIView[Comment]):
    queryset = services.existing()
    serializer_class = CommentSerializer
    pagination_class = OldestFirst
    filter_backends = (CommentFilter,)
    searched = ("content",)
    permission_classes: Any = (AllowAny,)

    def get_serializer_context(self) -> dict[str, Any]:
        return {**super().get_serializer_context(), "reader": Reader(self.request)}

    def page_of(self, comments: QuerySet[Comment]) -> Response:
        page = self.paginate_queryset(self.filter_queryset(comments))
        reader, zone = Reader(self.request), get_current_timezone()
        return self.get_paginated_response([_listed(each, reader, zone) for each in page or []])


def _listed(comment: Comment, reader: Reader, zone: tzinfo) -> ListedComment:
    may_read = reader.may_read(comment.id, comment.status)
    return ListedComment(
        comment.id,
        comment.post_id,
        comment.parent_id,
        comment.author if may_read else "",
        comment.content if may_read else "",
        comment.status,
        comment.created_at.astimezone(zone),
        comment.reason if reader.may_know_why(comment.id) else "",
    )


@extend_schema(tags=["comments"])
class CommentsOfPost(CommentsView):
    """The comments of one post in order of time; everyone may write one."""

    query_names = LIST_OF_COMMENTS

    @extend_schema(summary="List the comments of a post", responses=CommentSerializer(many=True))
    def get(self, request: Request, post_id: UUID) -> Response:
        if not services.is_known(post_id):
            raise NotFound
        return self.page_of(self.get_queryset().filter(post_id=post_id))

    @extend_schema(summary="Comment on a post", responses={201: CommentSerializer})
    @idempotent(IdempotencyKey)
    def post(self, request: Request, post_id: UUID) -> Response:
        # Without a reader: its own sender may read it in full.
        serializer = CommentSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        try:
            comment = services.reply(post_id, **serializer.validated_data)
        except services.PostNotFound:
            raise NotFound from None
        except services.ParentNotFound:
            detail = "This post has no such comment. It may have been deleted."
            raise ValidationError({"parent_id": [detail]}) from None
        serializer.instance = comment  # the fields that read it also write it: making them is slow
        location = reverse("comments:api-detail", [comment.id], request=request)
        return Response(serializer.data, status.HTTP_201_CREATED, headers={"Location": location})

    def finalize_response(
        self, request: Request, response: Response, *args: Any, **kwargs: Any
    ) -> Response:
        if request.method == "POST" and response.status_code == status.HTTP_201_CREATED:
            remember_own(request._request, response, UUID(response.data["id"]))
        return super().finalize_response(request, response, *args, **kwargs)


class CommentsOfPosts(CommentsView):
    """The comments of several posts at once: ``?post_id=…&post_id=…``."""

    query_names = LIST_OF_COMMENTS | {"post_id"}

    @extend_schema(
        operation_id="comments_list",
        summary="List the comments of several posts",
        parameters=[POST_IDS],
        responses=CommentSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        ids = uuids(request, "post_id", MAX_POSTS)
        return self.page_of(self.get_queryset().filter(post_id__in=ids))


class CommentDetail(CommentsView):
    """One comment. Its sender may change or delete it for some minutes, staff at any time;
    ``If-Match`` guards both. What its sender has changed is pending again."""

    lookup_url_kwarg = "comment_id"

    def get_permissions(self) -> list[BasePermission]:
        return [AllowAny() if self.request.method in SAFE_METHODS else IsSenderOrStaff()]

    def get_object(self) -> Comment:
        try:
            return services.find_comment(self.kwargs["comment_id"])
        except services.CommentNotFound:
            raise NotFound from None

    @extend_schema(summary="Read a comment", parameters=[ETAG])
    def get(self, request: Request, comment_id: UUID) -> Response:
        return self._response(self.get_object())

    @extend_schema(
        summary="Change a comment", request=ChangeSerializer, parameters=[IF_MATCH, ETAG]
    )
    def patch(self, request: Request, comment_id: UUID) -> Response:
        serializer = ChangeSerializer(data=request.data, partial=True)
        serializer.is_valid(raise_exception=True)
        return self._response(self._change(services.update_comment, **serializer.validated_data))

    @extend_schema(summary="Delete a comment", parameters=[IF_MATCH])
    def delete(self, request: Request, comment_id: UUID) -> Response:
        self._change(services.delete_comment)
        return Response(status=status.HTTP_204_NO_CONTENT)

    def _change(self, change: Callable[..., Comment], **fields: Any) -> Comment:
        """``change`` the comment, if it is in the state that ``If-Match`` names."""
        comment = self.get_object()
        tag = check_if_match(self.request, comment.tag)
        by_sender = not self.request.user.is_staff
        try:
            return change(comment.id, tag=tag, by_sender=by_sender, **fields)
        except services.CommentNotFound:
            raise NotFound from None
        except services.CommentChanged:
            raise Changed from None
        except services.TooLate:
            raise PermissionDenied(too_late()) from None

    def _response(self, comment: Comment) -> Response:
        may_read = Reader(self.request).may_read(comment.id, comment.status)
        headers = {"ETag": etag(comment.tag)} if may_read else {}
        return Response(self.get_serializer(comment).data, headers=headers)
