"""The event store in the admin: the log and task results, which are never changed, and parked
events: of each post the first one, for which all others wait, is retried or discarded."""

import json
import re
from collections.abc import Iterable
from contextlib import suppress
from importlib import import_module
from typing import Any

import msgspec
from django import forms
from django.apps import apps
from django.conf import settings
from django.contrib import admin
from django.contrib.admin.helpers import ActionForm
from django.core.exceptions import ValidationError
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.timezone import localtime
from django_celery_results.models import GroupResult, TaskResult

from eventstore.consumer import NotParked, consumers
from eventstore.contracts import UNREADABLE
from eventstore.models import Event, Subscription
from eventstore.parking import UNDECIDED, ParkedEvent, State

MAX_NAMED = 5  # parked events or posts in a message
FIRST_ARGUMENT = re.compile(r"'(\w+)'")


class ReadOnlyAdmin(admin.ModelAdmin[Any]):
    """What has happened stays as it is."""

    def _never(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    has_add_permission = has_change_permission = has_delete_permission = _never

    @admin.display(description="traceback")
    def where(self, row: Any) -> str:
        return format_html("<pre>{}</pre>", row.traceback) if row.traceback else ""


# --- The log


@admin.register(Event)
class EventAdmin(ReadOnlyAdmin):
    list_display = ("position", "time", "type", "source", "about", "short_correlation")
    list_filter = ("type", "source", "time")
    search_fields = ("=id", "=subject", "=correlation_id", "=causation_id", "data")
    search_help_text = "An event's, post's, comment's or correlation's id, or words of the data."
    show_full_result_count = False
    ordering = ("-position",)
    exclude = ("data",)
    readonly_fields = ("readable_data",)

    @admin.display(description="subject", ordering="subject")
    def about(self, event: Event) -> str:
        return _link_to_all_with(str(event.subject))

    @admin.display(description="correlation", ordering="correlation_id")
    def short_correlation(self, event: Event) -> str:
        return _link_to_all_with(event.correlation_id)

    @admin.display(description="data")
    def readable_data(self, event: Event) -> str:
        try:
            data = json.dumps(json.loads(event.data), indent=2, ensure_ascii=False)
        except (ValueError, RecursionError):
            data = event.data
        return format_html("<pre>{}</pre>", data)


def _link_to_all_with(key: str) -> str:
    """The beginning of an id, which leads to all events that have it."""
    return format_html('<a href="?{}" title="{}">{}</a>', urlencode({"q": key}), key, key[:8])


@admin.register(Subscription)
class SubscriptionAdmin(ReadOnlyAdmin):
    list_display = ("consumer", "nudged", "seen_at")


# --- Task results: which consumer handled how much, and how far it came


class ConsumerFilter(admin.SimpleListFilter):
    """By the consumer of a task: that is its first argument, whether it failed or not."""

    title = "consumer"
    parameter_name = "consumer"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(name, name) for name in settings.ALL_SERVICES]

    def queryset(self, request: HttpRequest, rows: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() not in settings.ALL_SERVICES:
            return rows
        return rows.filter(task_args__contains=f"'{self.value()}'")


class TaskResultAdmin(ReadOnlyAdmin):
    list_display = ("done_at", "consumer", "events", "position", "state", "task", "error")
    list_filter = (ConsumerFilter, "status", "date_done")
    search_fields = ("=task_id", "result", "traceback")
    search_help_text = "Words of an error, or a task's id."
    show_full_result_count = False
    ordering = ("-date_done", "-id")
    fields = (*list_display[:5], "result", "where", "task_name", "task_id", "worker")

    @admin.display(description="done at", ordering="date_done")
    def done_at(self, row: TaskResult) -> str:
        return date_format(localtime(row.date_done), "DATETIME_FORMAT")

    def consumer(self, row: TaskResult) -> str:
        named = FIRST_ARGUMENT.search(row.task_args or "")
        return named[1] if named else ""

    @admin.display(description="events handled")
    def events(self, row: TaskResult) -> str:
        return str(_result(row).get("handled", ""))

    def position(self, row: TaskResult) -> str:
        return str(_result(row).get("position", ""))

    @admin.display(ordering="status")
    def state(self, row: TaskResult) -> str:
        return str(row.status).lower()

    @admin.display(ordering="task_name")
    def task(self, row: TaskResult) -> str:
        return (row.task_name or "").rpartition(".")[2]

    def error(self, row: TaskResult) -> str:
        if "exc_type" not in (result := _result(row)):
            return ""
        words = result.get("exc_message")
        message = " ".join(map(str, words)) if isinstance(words, list) else str(words or "")
        return Truncator(f"{result['exc_type']}: {message}").chars(300)


def _result(row: TaskResult) -> dict[str, Any]:
    """What the task returned, or how it failed; empty if that cannot be read."""
    try:
        return msgspec.json.decode(row.result or "{}", type=dict[str, Any])
    except UNREADABLE:
        return {}


# The package registers its own, which shows nothing of what our tasks did; we have no groups.
import_module("django_celery_results.admin")
admin.site.unregister([TaskResult, GroupResult])
admin.site.register(TaskResult, TaskResultAdmin)


# --- Parked events


class ReasonForm(ActionForm):
    """The bar above the list: the action, and why."""

    text_input = forms.TextInput({"placeholder": "why it is discarded", "size": 32})
    reason = forms.CharField(required=False, max_length=200, label="Reason:", widget=text_input)


class ParkedEventAdmin(ReadOnlyAdmin):
    """Retrying and discarding need the right to change parked events."""

    list_display = ("position", "type", "shown_state", "why", "attempts", "parked_at")
    list_filter = ("state", "consumer", "type")
    search_fields = ("=event_id", "=key", "error")
    search_help_text = "An event's or a post's id, or words of the error."
    action_form = ReasonForm
    actions = ("retry", "discard")
    exclude = ("traceback",)
    readonly_fields = ("where",)

    @admin.display(description="state", ordering="state")
    def shown_state(self, row: ParkedEvent) -> str:
        return row.state

    def why(self, row: ParkedEvent) -> str:
        if row.state == State.WAITING:
            return format_html("behind {}", _link_to_first(row))
        if row.state == State.DISCARDED:
            return format_html("by {}: {}<br>{}", row.discarded_by, row.reason, row.error)
        return row.error

    def get_queryset(self, request: HttpRequest) -> QuerySet[ParkedEvent]:
        """Each row with ``first``: the position of the first undecided event of its post."""
        rows: QuerySet[ParkedEvent] = super().get_queryset(request)
        same = {"consumer": OuterRef("consumer"), "key": OuterRef("key"), "state__in": UNDECIDED}
        before = rows.model._default_manager.filter(**same).order_by("position").values("position")
        return rows.annotate(first=Subquery(before[:1]))

    @admin.action(description="Retry, with what waits behind them", permissions=["decide"])
    def retry(self, request: HttpRequest, rows: QuerySet[ParkedEvent]) -> None:
        firsts = self._firsts(request, rows)
        handled = sum(consumers()[row.consumer].retry(row.key) for row in firsts)
        if firsts:
            self.message_user(request, f"{handled} events handled{_failed(firsts)}.")

    @admin.action(description="Discard, for the reason entered", permissions=["decide"])
    def discard(self, request: HttpRequest, rows: QuerySet[ParkedEvent]) -> None:
        try:
            reason = ReasonForm.base_fields["reason"].clean(request.POST.get("reason", ""))
        except ValidationError as error:
            self.message_user(request, f"Reason: {error.messages[0]}", "ERROR")
            return
        reason = " ".join(reason.split())
        if not reason:
            self.message_user(request, "Enter a reason: it is kept with the event.", "ERROR")
            return
        by, discarded, followed = request.user.get_username(), [], 0
        for row in self._firsts(request, rows):
            with suppress(NotParked):  # somebody else was faster
                followed += consumers()[row.consumer].discard(row.position, by=by, reason=reason)
                discarded.append(row)
                self.log_change(request, row, f"Discarded: {reason}")
        if discarded:
            message = f"{len(discarded)} discarded, {followed} that waited handled"
            self.message_user(request, f"{message}{_failed(discarded)}.")

    def _firsts(self, request: HttpRequest, rows: QuerySet[Any]) -> list[Any]:
        """Those of the selected that can be decided on; a message explains the others."""
        undecided = [row for row in rows if row.state in UNDECIDED]
        firsts = [row for row in undecided if row.position == row.first]
        decided = {(row.consumer, row.first) for row in firsts}
        waiting = [row for row in undecided if (row.consumer, row.first) not in decided]
        if waiting:
            links = {row.first: _link_to_first(row) for row in waiting}
            message = format_html(
                "What waits stays as it was ({}): first retry or discard what it waits for, {}.",
                _some([row.position for row in waiting]),
                _some([*links.values()]),
            )
            self.message_user(request, message, "WARNING")
        elif not firsts:
            self.message_user(request, "There is nothing to decide about these.", "WARNING")
        return firsts

    def has_decide_permission(self, request: HttpRequest) -> bool:
        """Retry and discard are changes, though no field can be edited."""
        return admin.ModelAdmin.has_change_permission(self, request)


def _failed(decided: Iterable[ParkedEvent]) -> str:
    """Names what is now the first of the posts that were decided on: it failed."""
    firsts = (consumers()[row.consumer].parking.first(row.key) for row in decided)
    failed = ", ".join(str(row.position) for row in firsts if row)
    return f"; failed and still here: {failed}" if failed else ""


def _link_to_first(row: Any) -> SafeString:
    """It leads to all parked events of this post."""
    return format_html('<a href="?{}">{}</a>', urlencode({"q": row.key}), row.first)


def _some(items: list[Any]) -> SafeString:
    """The first of them, by commas."""
    named = format_html_join(", ", "{}", ([item] for item in items[:MAX_NAMED]))
    return format_html("{}{}", named, " …" if len(items) > MAX_NAMED else "")


# Each service in this process that subscribes has a table of its own.
for model in apps.get_models():
    if issubclass(model, ParkedEvent):
        admin.site.register(model, ParkedEventAdmin)
