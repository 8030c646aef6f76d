"""What is set aside, in the admin: a person retries, or discards with a reason."""

from contextlib import suppress

from django import forms
from django.contrib import admin
from django.contrib.admin.helpers import ActionForm
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html

from eventstore.consumer import consumers
from eventstore.parked_order import (
    link_to_first,
    positions,
    split,
    still_here,
    why_nothing,
    with_first,
)
from eventstore.parking import ParkedEvent, State
from eventstore.readonly_admin import ReadOnlyAdmin
from eventstore.setaside import NotParked


class ReasonForm(ActionForm):
    """The bar above the list: the action, and why."""

    reason = forms.CharField(
        required=False,
        max_length=200,
        label="Reason:",
        widget=forms.TextInput(attrs={"placeholder": "why it is discarded", "size": 32}),
    )


class ParkedEventAdmin(ReadOnlyAdmin):
    """Retrying and discarding need the right to change parked events."""

    list_display = ("position", "type", "standing", "why", "attempts", "parked_at")
    list_filter = ("state", "consumer", "type")
    search_fields = ("=event_id", "=key", "error")
    search_help_text = "An event's or a post's id, or words of the error."
    action_form = ReasonForm
    actions = ("retry", "discard")
    fields = (
        "consumer",
        "position",
        "event_id",
        "type",
        "key",
        "state",
        "attempts",
        "parked_at",
        "error",
        "where",
        "discarded_by",
        "reason",
    )
    readonly_fields = ("where",)

    @admin.display(description="traceback")
    def where(self, row: ParkedEvent) -> str:
        return format_html("<pre>{}</pre>", row.traceback)

    @admin.display(description="state", ordering="state")
    def standing(self, row: ParkedEvent) -> str:
        return row.state

    @admin.display(description="why")
    def why(self, row: ParkedEvent) -> str:
        if row.state == State.WAITING:
            return format_html("behind {}", link_to_first(row))
        if row.state == State.DISCARDED:
            return format_html("by {}: {}<br>{}", row.discarded_by, row.reason, row.error)
        return row.error

    def get_queryset(self, request: HttpRequest) -> QuerySet[ParkedEvent]:
        return with_first(super().get_queryset(request))

    @admin.action(description="Retry, with what waits behind them", permissions=["decide"])
    def retry(self, request: HttpRequest, rows: QuerySet[ParkedEvent]) -> None:
        firsts = self._firsts(request, rows)
        handled = sum(consumers()[row.consumer].retry(row.key) for row in firsts)
        if firsts:
            self.message_user(request, f"{handled} events handled{_failed(firsts)}.")

    @admin.action(description="Discard, for the reason given", permissions=["decide"])
    def discard(self, request: HttpRequest, rows: QuerySet[ParkedEvent]) -> None:
        try:
            reason = ReasonForm.base_fields["reason"].clean(request.POST.get("reason", ""))
        except ValidationError as error:
            self.message_user(request, f"Reason: {error.messages[0]}", "ERROR")
            return
        reason = " ".join(reason.split())
        if not reason:
            self.message_user(request, "Say why: it is kept with the event.", "ERROR")
            return
        by, discarded, followed = request.user.get_username(), [], 0
        for row in self._firsts(request, rows):
            with suppress(NotParked):  # somebody else was faster
                followed += consumers()[row.consumer].discard(row.position, by=by, reason=reason)
                discarded.append(row)
                self.log_change(request, row, f"Discarded: {reason}")
        if discarded:
            told = (
                f"{len(discarded)} discarded, {followed} that waited handled{_failed(discarded)}."
            )
            self.message_user(request, told)

    def _firsts(self, request: HttpRequest, rows: QuerySet[ParkedEvent]) -> list[ParkedEvent]:
        """Those of the chosen that can be decided on; of others it is said why not."""
        firsts, waiting = split(rows)
        if waiting:
            self.message_user(request, why_nothing(waiting), "WARNING")
        elif not firsts:
            self.message_user(request, "There is nothing to decide about these.", "WARNING")
        return firsts

    def has_decide_permission(self, request: HttpRequest) -> bool:
        """Retry and discard are changes, though no field can be edited."""
        app, model = self.opts.app_label, self.opts.model_name
        return request.user.has_perm(f"{app}.change_{model}")


def _failed(decided: list[ParkedEvent]) -> str:
    stays = still_here(decided)
    return f"; failed and still here: {positions(stays)}" if stays else ""
