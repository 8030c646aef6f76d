"""The moderation API, for moderators alone."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from moderation import services
from moderation.models import Review, Status
from web.api import TextField
from web.pagination import NewestFirst
from web.readers import IsModerator


class ReviewSerializer(serializers.ModelSerializer[Review]):
    class Meta:
        model = Review
        fields = (
            "comment_id",
            "post_id",
            "author",
            "content",
            "status",
            "reason",
            "decided_by",
            "decided_at",
        )
        read_only_fields = fields


class DecisionSerializer(serializers.Serializer[Any]):
    reason = TextField(max_length=200, required=False, allow_blank=True, default="")


class ReviewsFirst(NewestFirst):
    ordering = ("-created_at", "-comment_id")


class ReviewList(generics.ListAPIView[Review]):
    """The queue, newest first; ``?status=pending`` for those that nobody has decided."""

    queryset = Review.objects.all()
    serializer_class = ReviewSerializer
    permission_classes = (IsModerator,)
    pagination_class = ReviewsFirst
    filterset_fields = ("status", "post_id", "decided_by")


class ReviewDetail(generics.RetrieveAPIView[Review]):
    """One comment's review."""

    queryset = Review.objects.all()
    serializer_class = ReviewSerializer
    permission_classes = (IsModerator,)
    lookup_url_kwarg = "comment_id"


class Decide(generics.GenericAPIView[Review]):
    """A decision, the first or a later one, with an optional ``reason``."""

    permission_classes = (IsModerator,)
    serializer_class = DecisionSerializer
    status: Status = Status.PENDING

    @extend_schema(responses={200: ReviewSerializer})
    def post(self, request: Request, comment_id: UUID) -> Response:
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        reason, by = serializer.validated_data["reason"], request.user.get_username()
        try:
            review = services.decide(comment_id, self.status, reason=reason, decided_by=by)
        except services.ReviewNotFound:
            raise NotFound from None
        return Response(ReviewSerializer(review).data)


class Approve(Decide):
    status = Status.APPROVED


class Reject(Decide):
    status = Status.REJECTED
