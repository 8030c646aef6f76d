"""The review queue, where moderators decide: at once by a script, or with plain forms."""

import json
from collections.abc import Iterator, Sequence
from contextlib import suppress
from http import HTTPStatus
from typing import Any
from uuid import UUID, uuid4

from django.contrib import admin
from django.contrib.admin.models import CHANGE, LogEntry
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.template.loader import render_to_string
from django.urls import path

from moderation import applying, history, services
from moderation.admin.figures import figures_page
from moderation.admin.filters import (
    DECIDED_AT,
    DecidedBy,
    MatchedTerm,
    StatusFilter,
    shown_status,
)
from moderation.admin.messages import GONE, Text, comments, conflict_text, first_of, stays_text
from moderation.admin.rows import PAGE_ROWS, pending_after, pending_count, reasons, rows_of
from moderation.forms import BulkDecisionForm, DecisionForm, ReasonField
from moderation.models import QUEUE_ORDER, Decision, Review, Status
from web.admin import ACTION_ROWS, AdminOfComments, WordsFilter, parts_in_time
from web.errors import bad_request
from web.methods import only, read_only

MAX_UNDONE = 100 * ACTION_ROWS  # in one request


@admin.register(Review)
class ReviewAdmin(AdminOfComments[Review]):
    """The queue: pending reviews, the oldest first. Only a review's decision can be changed, any
    time."""

    not_found = services.ReviewNotFound
    columns = ("excerpt", "status", "author")
    form = DecisionForm
    action_form = BulkDecisionForm
    actions = ("approve", "reject")
    list_per_page = PAGE_ROWS
    list_max_show_all = 0
    sortable_by = ()
    list_filter = (StatusFilter, "created_at", DECIDED_AT, DecidedBy, MatchedTerm, WordsFilter)
    search_fields = ("author", "content", "reason")
    search_help_text = "Search the comment, its author or the reason, or for an id."
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

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path("rows/", view(self.rows_view), name="moderation_review_rows"),
            path("figures/", view(self.figures_view), name="moderation_review_figures"),
            path("undo/", view(self.undo_view), name="moderation_review_undo"),
            path(
                "<UUID:comment_id>/decide/",
                view(self.decide_view),
                name="moderation_review_decide",
            ),
            *super().get_urls(),
        ]

    # --- The list, and a page for each

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        if shown_status(request) == Status.PENDING:
            return QUEUE_ORDER
        if any(name.startswith(DECIDED_AT) for name in request.GET):
            return ("-decided_at", "-comment_id")
        return ("-created_at", "-comment_id")

    def exactly(self, text: str) -> list[Q]:
        """Of an author with very many comments, the newest are found, by their words."""
        of_author = Review.of_rare_author(text)
        return super().exactly(text) + ([of_author] if of_author else [])

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        context = {"title": "Review queue", **(extra_context or {})}
        response = super().changelist_view(request, context)
        shown = getattr(response, "context_data", {})
        if "cl" in shown:
            reviews = shown["cl"].result_list = list(shown["cl"].result_list)
            shown |= self._context(request, reviews)
            shown["is_queue"] = shown_status(request) == Status.PENDING
            shown["has_more"] = shown["is_queue"] and len(reviews) == PAGE_ROWS
            shown["pending_count"], shown["reasons"] = pending_count(), reasons()
            choices = {type(spec): spec.choices(shown["cl"]) for spec in shown["cl"].filter_specs}
            shown["tabs"] = list(choices[StatusFilter])
            shown["searched"] = list(choices.get(WordsFilter, ()))
            if form := shown["action_form"]:
                seen = {str(review.pk): review.seen for review in reviews}
                form.fields["seen"].initial = seen
        return response

    @read_only
    def rows_view(self, request: HttpRequest) -> HttpResponse:
        """Rows of the queue, as HTML: the first ones, or those ``after`` one that the page has."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        try:
            reviews = pending_after(request.GET.get("after"))
        except ValueError:
            return bad_request(request)
        return HttpResponse("".join(row for _, row in self._rendered(request, reviews)))

    @read_only
    def figures_view(self, request: HttpRequest) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        return figures_page(request, self.admin_site.each_context(request))

    def _rendered(
        self, request: HttpRequest, reviews: list[Review]
    ) -> Iterator[tuple[Review, str]]:
        context = self._context(request, reviews)
        for row in context.pop("rows"):
            template = "admin/moderation/review/_row.html"
            yield row.review, render_to_string(template, {**context, "row": row}, request)

    def _context(self, request: HttpRequest, reviews: list[Review]) -> dict[str, Any]:
        """What the templates of rows need; ``back`` leads to the list as it is filtered."""
        filters = self.get_preserved_filters(request)
        return {
            "opts": self.opts,
            "rows": rows_of(reviews, lambda review: self.page_url(review, request)),
            "may_decide": self.has_change_permission(request),
            "may_block": self._may_block(request),
            "back": f"?{filters}" if filters else "",
        }

    # --- Decisions

    @only("POST")
    def decide_view(self, request: HttpRequest, comment_id: UUID) -> HttpResponse:
        """Decide on one: the pressed ``decision``, ``why``, and the decision that was ``seen``."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        pressed, batch = request.POST.get("decision"), uuid4()
        if pressed == "block":
            return self._block(request, comment_id, batch)
        if pressed not in (Status.APPROVED, Status.REJECTED):
            return self._answer(request, [("Press Approve or Reject.", "ERROR")])
        status = Status(pressed)
        try:
            reason = ReasonField().clean(request.POST.get("why", ""))
            review = services.decide(
                comment_id,
                status,
                reason=reason,
                decided_by=request.user.get_username(),
                seen=request.POST.get("seen"),
                batch=batch,
            )
        except ValidationError as error:
            return self._answer(request, [(f"Reason: {error.messages[0]}", "ERROR")])
        except services.ReviewNotFound:
            return self._answer(request, [GONE], gone=[comment_id])
        except services.DecidedMeanwhile as conflict:
            text = conflict_text(conflict.review, status, reason)
            return self._answer(request, [(text, "ERROR")], [conflict.review])
        self.log_change(request, review, f"{status.label}. {reason}")
        text = f"{status.label} the comment of {review.author}."
        return self._answer(request, [(text, "SUCCESS")], [review], batch)

    def _block(self, request: HttpRequest, comment_id: UUID, batch: UUID) -> HttpResponse:
        if not self._may_block(request):
            raise PermissionDenied
        by, seen = request.user.get_username(), request.POST.get("seen", "")
        try:
            rejected, conflicts = applying.block(
                comment_id, by=by, seen=seen, batch=batch, limit=ACTION_ROWS
            )
        except services.ReviewNotFound:
            return self._answer(request, [GONE], gone=[comment_id])
        except applying.NamelessAuthor:
            text = "There is no name to block: everybody may comment without one."
            return self._answer(request, [(text, "ERROR")])
        author = (rejected or conflicts)[0].author
        LogEntry.objects.log_actions(str(request.user.pk), rejected, CHANGE, f"Blocked {author}.")
        text = f"Blocked {author}: a rule rejects what comes. Rejected {comments(rejected)}."
        texts = [(conflict_text(each, Status.REJECTED, ""), "ERROR") for each in conflicts]
        return self._answer(
            request, [(text, "SUCCESS"), *first_of(texts)], [*rejected, *conflicts], batch
        )

    def _may_block(self, request: HttpRequest) -> bool:
        rights = ("moderation.add_rule", "moderation.change_rule")
        return self.has_change_permission(request) and request.user.has_perms(rights)

    @only("POST")
    def undo_view(self, request: HttpRequest) -> HttpResponse:
        """Put back what the same person decided at once, in this ``batch``."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        try:
            batch = UUID(request.POST.get("batch", ""))
        except ValueError:
            return self._answer(request, [("There is nothing to undo.", "WARNING")])
        by, undone, conflicts = request.user.get_username(), list[Review](), list[Review]()
        for _ in parts_in_time(range(MAX_UNDONE)):
            done = services.undo(batch, by=by, limit=ACTION_ROWS)
            undone, conflicts = undone + done.reviews, conflicts + done.conflicts
            if not done.more:
                break
        LogEntry.objects.log_actions(str(request.user.pk), undone, CHANGE, "Undone.")
        texts: list[Text] = [(f"Undone: {comments(undone)}.", "SUCCESS")] if undone else []
        texts += first_of([(stays_text(each), "ERROR") for each in conflicts])
        if not texts:
            texts = [("There is nothing to undo.", "WARNING")]
        return self._answer(request, texts, undone + conflicts, batch if done.more else None)

    def _answer(
        self,
        request: HttpRequest,
        texts: list[Text],
        reviews: Sequence[Review] = (),
        batch: UUID | None = None,
        gone: Sequence[UUID] = (),
    ) -> HttpResponse:
        """For the script, JSON with the rows as they are now; else the list, with the messages.
        What has a ``batch`` can be undone."""
        if not _wants_json(request):
            for text, level in texts:
                tag = str(batch) if batch and level == "SUCCESS" else ""
                self.message_user(request, text, level, extra_tags=tag)
            return self.response_post_save_change(request, Review())
        changed, failed = list(reviews), all(level == "ERROR" for _, level in texts)
        shown = changed[:PAGE_ROWS]
        body = {
            "message": " ".join(text for text, _ in texts),
            "failed": failed,
            "batch": batch,
            "pending": pending_count(),
            "status": {str(review.pk): review.status for review in changed},
            "rows": {str(each.pk): row for each, row in self._rendered(request, shown)},
            "gone": gone,
        }
        conflict = HTTPStatus.CONFLICT if changed else HTTPStatus.BAD_REQUEST
        return JsonResponse(body, status=conflict if failed else HTTPStatus.OK)

    @admin.action(description="Approve the selected comments", permissions=["change"])
    def approve(self, request: HttpRequest, reviews: QuerySet[Review]) -> HttpResponse | None:
        return self._decide(request, reviews, Status.APPROVED)

    @admin.action(description="Reject the selected comments", permissions=["change"])
    def reject(self, request: HttpRequest, reviews: QuerySet[Review]) -> HttpResponse | None:
        return self._decide(request, reviews, Status.REJECTED)

    def response_action(
        self, request: HttpRequest, queryset: QuerySet[Review], *args: Any
    ) -> HttpResponse | None:
        """What is selected by itself is decided on also where another person's decision has moved
        it out of the list."""
        if request.POST.get("select_across") != "1":
            queryset = Review.objects.order_by()
        return super().response_action(request, queryset, *args)

    def _decide(
        self, request: HttpRequest, reviews: QuerySet[Review], status: Status
    ) -> HttpResponse | None:
        """Decide on all of a page, or on none; on very many, as far as one request comes."""
        try:
            reason = ReasonField().clean(request.POST.get("why", ""))
        except ValidationError as error:
            return self._answer(request, [(f"Reason: {error.messages[0]}", "ERROR")])
        batch = uuid4()
        given: dict[str, Any] = {"reason": reason, "decided_by": request.user.get_username()}
        given |= {"seen": _decisions_on_page(request.POST.get("seen", "")), "batch": batch}
        decided, conflicts = list[Review](), list[Review]()
        rows = sorted(reviews.values_list("comment_id", "status"), key=lambda row: row[1] == status)
        left = rows
        for some in parts_in_time(rows):
            done, stay = services.decide_all([key for key, _ in some], status, **given)
            decided, conflicts, left = decided + done, conflicts + stay, left[len(some) :]
        message = f"{status.label}. {reason}"
        LogEntry.objects.log_actions(str(request.user.pk), decided, CHANGE, message)
        texts: list[Text] = [(f"{status.label} {comments(decided)}.", "SUCCESS")]
        if undecided := sum(before != status for _, before in left):
            text = f"{undecided:,} of the selected are left: select them again to go on."
            texts.append((text, "WARNING"))
        texts += first_of([(conflict_text(each, status, reason), "ERROR") for each in conflicts])
        return self._answer(request, texts, decided + conflicts, batch)

    def find(self, key: UUID) -> Review:
        return services.find_review(key)

    def save_model(
        self, request: HttpRequest, obj: Review, form: DecisionForm, change: bool
    ) -> None:
        services.decide(
            obj.pk,
            str(form.decision),
            reason=form.cleaned_data["why"],
            decided_by=request.user.get_username(),
            seen=form.data.get("seen"),
            batch=uuid4(),
        )

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return super().changeform_view(request, *args, **kwargs)
        except services.DecidedMeanwhile as conflict:
            status = _pressed(request)
            reason = ReasonField().to_python(request.POST.get("why", ""))
            self.message_user(request, conflict_text(conflict.review, status, reason), "ERROR")
            return HttpResponseRedirect(request.path)

    def construct_change_message(
        self, request: HttpRequest, form: Any, formsets: Any, add: bool = False
    ) -> Any:
        return f"{form.decision.label}. {form.cleaned_data['why']}"

    def response_change(self, request: HttpRequest, obj: Review) -> HttpResponse:
        text = f"{_pressed(request).label} the comment of {obj.author}."
        batch = Decision.objects.filter(comment_id=obj.pk).latest("id").batch
        self.message_user(request, text, "SUCCESS", extra_tags=str(batch or ""))
        return self.response_post_save_change(request, obj)

    def get_fieldsets(self, request: HttpRequest, obj: Review | None = None) -> Any:
        decides = self.has_change_permission(request, obj)
        shown = (None, {"fields": self.readonly_fields})
        return (shown, ("Decide", {"fields": ("why", "seen")})) if decides else (shown,)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        review = self.get_object(request, object_id)
        shown: dict[str, Any] = {"page_of_comment": ""}
        if review:
            shown = {
                "page_of_comment": self.page_url(review, request),
                "decisions": history.of_comment(review.pk),
                "reasons": reasons(),
            }
        return super().change_view(request, object_id, form_url, {**shown, **(extra_context or {})})

    def has_delete_permission(self, request: HttpRequest, obj: Review | None = None) -> bool:
        return False


def _wants_json(request: HttpRequest) -> bool:
    return request.get_preferred_type(["text/html", "application/json"]) == "application/json"


def _pressed(request: HttpRequest) -> Status:
    return Status.APPROVED if "_approve" in request.POST else Status.REJECTED


def _decisions_on_page(text: str) -> dict[str, Any]:
    """By comment; empty for what no page of ours has sent."""
    with suppress(ValueError):
        if isinstance(seen := json.loads(text), dict):
            return seen
    return {}
