"""What is set aside, in the admin: a person retries, or discards with a reason."""

from django import forms
from django.contrib import admin
from django.contrib.admin.helpers import ActionForm
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html

from eventstore.consumer import Consumer, consumers
from eventstore.parking import ParkedEvent, State
from eventstore.readonly_admin import ReadOnlyAdmin
from eventstore.setaside import NotParked


class ReasonForm(ActionForm):
    """The bar above the list: the action, and why."""

    reason = forms.CharField(
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"placeholder": "why it is discarded", "size": 32}),
    )


class ParkedEventAdmin(ReadOnlyAdmin):
    """Retrying and discarding need the right to change parked events."""

    list_display = ("position", "type", "state", "error", "attempts", "parked_at", "discarded")
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

    @admin.display(description="discarded")
    def discarded(self, row: ParkedEvent) -> str:
        return f"by {row.discarded_by}: {row.reason}" if row.discarded_by else ""

    @admin.action(description="Retry, with what waits behind them", permissions=["decide"])
    def retry(self, request: HttpRequest, rows: QuerySet[ParkedEvent]) -> None:
        handled = 0
        aside = rows.filter(state__in=[State.PARKED, State.WAITING]).order_by()
        for name, key in aside.values_list("consumer", "key").distinct():
            handled += self._consumer(name).retry(key)
        self.message_user(request, f"{handled} events handled; what failed again is still here.")

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
        by, discarded = request.user.get_username(), 0
        for row in rows.filter(state=State.PARKED):
            try:
                self._consumer(row.consumer).discard(row.position, by=by, reason=reason)
            except NotParked:  # somebody else was faster
                continue
            discarded += 1
            self.log_change(request, row, f"Discarded: {reason}")
        self.message_user(request, f"{discarded} discarded; what waited behind them followed.")

    def has_decide_permission(self, request: HttpRequest) -> bool:
        """Retry and discard are changes, though no field can be edited."""
        app, model = self.opts.app_label, self.opts.model_name
        return request.user.has_perm(f"{app}.change_{model}")

    def _consumer(self, name: str) -> Consumer:
        return consumers()[name]
