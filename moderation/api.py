"""The moderation API, for moderators alone."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import generics, serializers, status
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from moderation import services
from moderation.models import IdempotencyKey, Review, Status
from web.api import FilterBackend, StrictQuery, TextField
from web.filters import LIST, ListFilter
from web.idempotency import idempotent
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
            "created_at",
            "status",
            "reason",
            "decided_by",
            "decided_at",
        )
        read_only_fields = fields


class DecisionMadeSerializer(serializers.ModelSerializer[Review]):
    class Meta:
        model = Review
        fields = ("status", "reason", "decided_by")
        read_only_fields = fields


class DecisionSerializer(serializers.Serializer[Any]):
    reason = TextField(max_length=200, required=False, allow_blank=True, default="")
    seen = serializers.DateTimeField(
        required=False,
        allow_null=True,
        help_text="The review's `decided_at` as you read it: another person's decision that you "
        "have seen is replaced. One that you have not is 409.",
    )


class ConflictSerializer(serializers.Serializer[Any]):
    """Another person's decision, which stays, and yours, which was not saved."""

    detail = serializers.CharField()
    theirs = ReviewSerializer()
    yours = DecisionMadeSerializer()


class ReviewFilter(ListFilter):
    def of_author(self, queryset: QuerySet[Review], author: str) -> QuerySet[Review]:
        """By the digest where the author has few: those of one who has many are soon met anyway."""
        rare = Review.of_rare_author(author)
        return queryset.filter(*([rare] if rare else []), author=author)


class ReviewsFirst(NewestFirst):
    ordering = ("-created_at", "-comment_id")


@extend_schema_view(get=extend_schema(summary="List reviews"))
class ReviewList(StrictQuery, generics.ListAPIView[Review]):
    """The queue, newest first; ``?status=pending`` for those that nobody has decided."""

    queryset = Review.objects.all()
    serializer_class = ReviewSerializer
    permission_classes = (IsModerator,)
    pagination_class = ReviewsFirst
    filter_backends = (FilterBackend, ReviewFilter)
    filterset_fields = ("status", "post_id", "decided_by")
    searched = ("content",)
    query_names = LIST | {*filterset_fields}


@extend_schema_view(get=extend_schema(summary="Read a comment's review"))
class ReviewDetail(StrictQuery, generics.RetrieveAPIView[Review]):
    """One comment's review."""

    queryset = Review.objects.all()
    serializer_class = ReviewSerializer
    permission_classes = (IsModerator,)
    lookup_url_kwarg = "comment_id"

    def get_object(self) -> Review:
        try:
            return services.find_review(self.kwargs["comment_id"])
        except services.ReviewNotFound:
            raise NotFound from None


class Decide(generics.GenericAPIView[Review]):
    """A decision, the first or a later one, with an optional ``reason``. 409 if another person has
    decided and you do not send that you have ``seen`` it."""

    permission_classes = (IsModerator,)
    serializer_class = DecisionSerializer
    status: Status = Status.PENDING

    @extend_schema(responses={200: ReviewSerializer, 409: ConflictSerializer})
    @idempotent(IdempotencyKey)
    def post(self, request: Request, comment_id: UUID) -> Response:
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        sent, by = serializer.validated_data, request.user.get_username()
        decision = {"reason": sent["reason"], "decided_by": by}
        seen = _as_decision(sent["seen"]) if "seen" in sent else None
        try:
            review = services.decide(comment_id, self.status, seen=seen, **decision)
        except services.ReviewNotFound:
            raise NotFound from None
        except services.DecidedMeanwhile as conflict:
            theirs = ReviewSerializer(conflict.review).data
            yours = {"status": self.status, **decision}
            detail = f"{conflict.review.decided_by} has decided already. Nothing was saved."
            body = {"detail": detail, "theirs": theirs, "yours": yours}
            return Response(body, status=status.HTTP_409_CONFLICT)
        return Response(ReviewSerializer(review).data)


def _as_decision(seen: datetime | None) -> str:
    """As ``Review.decision`` is."""
    return seen.astimezone(UTC).isoformat() if seen else ""


@extend_schema_view(post=extend_schema(summary="Approve a comment"))
class Approve(Decide):
    status = Status.APPROVED


@extend_schema_view(post=extend_schema(summary="Reject a comment"))
class Reject(Decide):
    status = Status.REJECTED
