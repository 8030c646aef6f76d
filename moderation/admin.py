"""Where moderators work: the queue, and the rules."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from django.contrib import admin
from django.contrib.admin.filters import AllValuesFieldListFilter
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Case, QuerySet, Value, When
from django.http import HttpRequest, HttpResponse
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.timezone import localtime

from moderation import services
from moderation.forms import BulkDecisionForm, DecisionForm, ReasonField, RuleForm
from moderation.models import Review, Rule, Status
from web.admin import AdminOfComments

PENDING_FIRST = Case(When(status=Status.PENDING, then=Value(0)), default=Value(1)).asc()


class NamesFilter(AllValuesFieldListFilter):
    """The existing values; the empty one is called "(none)"."""

    def choices(self, changelist: Any) -> Iterator[Any]:
        for choice in super().choices(changelist):
            yield {**choice, "display": choice["display"] or "(none)"}


@admin.register(Review)
class ReviewAdmin(AdminOfComments[Review]):
    """The queue: pending reviews first. Only a review's decision can be changed, any time."""

    not_found = services.ReviewNotFound
    columns = ("excerpt", "status", "author", "why", "decided")
    form = DecisionForm
    action_form = BulkDecisionForm
    actions = ("approve", "reject")
    ordering = (PENDING_FIRST, "-created_at", "-comment_id")
    list_filter = (
        "status",
        "created_at",
        "decided_at",
        ("decided_by", NamesFilter),
        ("matched_term", NamesFilter),
    )
    search_fields = ("author", "content", "reason")
    search_help_text = "Search the comment, its author or the reason."
    readonly_fields = (
        "status",
        "content",
        "author",
        "created_at",
        "reason",
        "matched_term",
        "decided_by",
        "decided_at",
    )

    @admin.display(description="reason", ordering="reason")
    def why(self, review: Review) -> str:
        term = review.matched_term
        return f"{review.reason} [{term}]" if term and term not in review.reason else review.reason

    @admin.display(description="decided", ordering="decided_at")
    def decided(self, review: Review) -> str:
        at = review.decided_at
        when = date_format(localtime(at), "j M Y, H:i") if at else ""
        return format_html("{}<br>{}", review.decided_by, when) if review.decided_by else ""

    @admin.action(description="Approve the selected comments", permissions=["change"])
    def approve(self, request: HttpRequest, reviews: QuerySet[Review]) -> None:
        self._decide(request, reviews, Status.APPROVED)

    @admin.action(description="Reject the selected comments", permissions=["change"])
    def reject(self, request: HttpRequest, reviews: QuerySet[Review]) -> None:
        self._decide(request, reviews, Status.REJECTED)

    def _decide(self, request: HttpRequest, reviews: QuerySet[Review], status: Status) -> None:
        """Decide on all of them, or on none."""
        try:
            reason = ReasonField().clean(request.POST.get("why", ""))
        except ValidationError as error:
            self.message_user(request, f"Reason: {error.messages[0]}", "ERROR")
            return
        by = request.user.get_username()
        decided = []
        with transaction.atomic(using=services.ALIAS):
            for comment_id in reviews.values_list("comment_id", flat=True):
                with suppress(services.ReviewNotFound):  # deleted in the meantime
                    review = services.decide(comment_id, status, reason=reason, decided_by=by)
                    decided.append(review)
        for review in decided:
            self.log_change(request, review, f"{status.label}. {reason}")
        comments = "1 comment" if len(decided) == 1 else f"{len(decided)} comments"
        self.message_user(request, f"{status.label} {comments}.", "SUCCESS")

    def save_model(
        self, request: HttpRequest, obj: Review, form: DecisionForm, change: bool
    ) -> None:
        status, reason = str(form.decision), form.cleaned_data["why"]
        services.decide(obj.pk, status, reason=reason, decided_by=request.user.get_username())

    def construct_change_message(
        self, request: HttpRequest, form: Any, formsets: Any, add: bool = False
    ) -> Any:
        return f"{form.decision.label}. {form.cleaned_data['why']}"

    def response_change(self, request: HttpRequest, obj: Review) -> HttpResponse:
        decision = Status.APPROVED if "_approve" in request.POST else Status.REJECTED
        self.message_user(request, f"{decision.label} the comment of {obj.author}.", "SUCCESS")
        return self.response_post_save_change(request, obj)

    def get_fieldsets(self, request: HttpRequest, obj: Review | None = None) -> Any:
        decides = self.has_change_permission(request, obj)
        shown = (None, {"fields": self.readonly_fields})
        return (shown, ("Decide", {"fields": ("why",)})) if decides else (shown,)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        return super().changelist_view(request, {"title": "Review queue", **(extra_context or {})})

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        review = self.get_object(request, object_id)
        shown = {"page_of_comment": self.page_url(review, request) if review else ""}
        return super().change_view(request, object_id, form_url, {**shown, **(extra_context or {})})

    def has_delete_permission(self, request: HttpRequest, obj: Review | None = None) -> bool:
        return False


@admin.register(Rule)
class RuleAdmin(admin.ModelAdmin[Rule]):
    form = RuleForm
    list_display = ("term", "match", "action", "enabled")
    list_filter = ("action", "match", "enabled")
    search_fields = ("term",)
