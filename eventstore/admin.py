"""The event store in the admin: the log and task results, which are never changed, and parked
events: of each post the first one, for which all others wait, is to be retried, or discarded. Their
consumer's worker does the work."""

import json
import re
from collections import defaultdict
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import msgspec
from django import forms
from django.apps import apps
from django.conf import settings
from django.contrib import admin
from django.contrib.admin.helpers import ActionForm
from django.contrib.admin.models import CHANGE, LogEntry
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import Case, Count, F, OuterRef, Q, QuerySet, Subquery, When
from django.http import HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.timezone import localtime
from django_celery_results.models import GroupResult, TaskResult

from eventstore.changelists import ReadOnlyAdmin, TypeFilter, WordsFilter
from eventstore.consumer import consumers
from eventstore.continuations import Continuation
from eventstore.contracts import UNREADABLE
from eventstore.journey import as_uuid
from eventstore.journey_page import journey_page
from eventstore.log_changelist import LogPaginator, PeriodFilter, is_whole
from eventstore.models import Event, Subscription
from eventstore.nudges import wake
from eventstore.parking import UNDECIDED, ParkedEvent, State

MAX_NAMED = 5  # parked events or posts in a message
MOST_IN_ONE_STATEMENT = 500
SEARCHED_EVENTS = 10_000  # in which words are searched
FIRST_ARGUMENT = re.compile(r"'(\w+)'")


class FailureAdmin(ReadOnlyAdmin[Any]):
    """Of rows that may have a traceback."""

    @admin.display(description="traceback")
    def where(self, row: Any) -> str:
        return format_html("<pre>{}</pre>", row.traceback) if row.traceback else ""


# --- The log


@admin.register(Event)
class EventAdmin(ReadOnlyAdmin[Any]):
    list_display = (
        "position",
        "time",
        "type",
        "source",
        "about",
        "short_correlation",
        "journey_link",
    )
    list_filter = (WordsFilter, TypeFilter, PeriodFilter)
    search_fields = ("data",)
    search_help_text = "An event's, post's, comment's or correlation's id, or words of the data."
    searched_by, searched_rows = "position", SEARCHED_EVENTS
    ordering = ("-position",)
    sortable_by = ("position",)
    fields = (
        *("position", "id", "type", "source", "subject", "time", "appended_at", "readable_data"),
        *("version", "correlation_id", "causation_id", "traceparent", "tracestate"),
        "journey_link",
    )
    readonly_fields = ("readable_data", "journey_link")

    def get_paginator(
        self, request: HttpRequest, queryset: Any, per_page: int, *args: Any, **kwargs: Any
    ) -> Paginator[Any]:
        if queryset.model is Event and is_whole(request):  # not an event's history in the admin
            return LogPaginator(queryset, per_page, *args, **kwargs)
        return super().get_paginator(request, queryset, per_page, *args, **kwargs)

    def exactly(self, text: str) -> list[Q]:
        found = [Q(correlation_id=text)]
        if key := as_uuid(text):
            found += [Q(id=key), Q(subject=key)]
            if event := Event.objects.filter(id=key).first():
                found.append(Q(correlation_id=event.correlation_id, causation_id=key))
        return found

    def get_urls(self) -> list[Any]:
        page = self.admin_site.admin_view(self.journey)
        return [path("journey/", page, name="eventstore_journey"), *super().get_urls()]

    def journey(self, request: HttpRequest) -> HttpResponse:
        """For all staff, as the API is."""
        return journey_page(request, self.admin_site)

    @admin.display(description="subject")
    def about(self, event: Event) -> str:
        return _link_to_all_with(str(event.subject))

    @admin.display(description="correlation")
    def short_correlation(self, event: Event) -> str:
        return _link_to_all_with(event.correlation_id)

    @admin.display(description="journey")
    def journey_link(self, event: Event) -> str:
        """An event's own id: a correlation id may be that of something else."""
        address = f"{reverse('admin:eventstore_journey')}?{urlencode({'of': str(event.id)})}"
        return format_html('<a href="{}">Journey</a>', address)

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
class SubscriptionAdmin(ReadOnlyAdmin[Any]):
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


class TaskResultAdmin(FailureAdmin):
    list_display = ("done_at", "consumer", "events", "position", "state", "task", "error")
    list_filter = (WordsFilter, ConsumerFilter, "status", "date_done")
    search_fields = ("=task_id", "result", "traceback")
    search_help_text = "Words of an error, or a task's id."
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


class ParkedEventAdmin(FailureAdmin):
    """Retrying and discarding need the right to change parked events."""

    list_display = ("position", "type", "shown_state", "why", "behind", "attempts", "parked_at")
    list_filter = (WordsFilter, "state", TypeFilter)
    search_fields = ("error",)
    search_help_text = "An event's or a post's id, or words of the error."
    action_form = ReasonForm
    actions = ("retry", "discard")
    exclude = ("traceback",)
    readonly_fields = ("where",)

    def exactly(self, text: str) -> list[Q]:
        key = as_uuid(text)
        return [Q(key=key), Q(event_id=key)] if key else []

    @admin.display(description="state", ordering="state")
    def shown_state(self, row: ParkedEvent) -> str:
        return "to be retried" if row.retry_at else row.state

    def why(self, row: ParkedEvent) -> str:
        if row.state == State.WAITING:
            return format_html("behind {}", _link_to_first(row))
        if row.state == State.DISCARDED:
            return format_html("by {}: {}<br>{}", row.discarded_by, row.reason, row.error)
        if row.retry_at:
            at = date_format(localtime(row.retry_at), "j M Y, H:i:s")
            by = f", by {row.retry_by}" if row.retry_by else ""
            return format_html("to be retried since {}{}<br>{}", at, by, row.error)
        return row.error

    @admin.display(description="waiting behind it")
    def behind(self, row: Any) -> str:
        is_first = row.state in UNDECIDED and row.position == row.first
        return f"{row.left - 1:,}" if is_first else ""

    def get_queryset(self, request: HttpRequest) -> QuerySet[ParkedEvent]:
        """Each row with ``first``, the position of the first undecided event of its post; and this
        one with ``left``, how many these are."""
        rows: QuerySet[ParkedEvent] = super().get_queryset(request)
        undecided = rows.model._default_manager.order_by().filter(
            key=OuterRef("key"), consumer=OuterRef("consumer"), state__in=UNDECIDED
        )
        first = undecided.order_by("position").values("position")[:1]
        left = undecided.values("key").annotate(count=Count("pk")).values("count")
        rows = rows.defer("traceback").annotate(first=Subquery(first))
        return rows.annotate(left=Case(When(position=F("first"), then=Subquery(left))))

    @admin.action(description="Retry, with what waits behind them", permissions=["decide"])
    def retry(self, request: HttpRequest, rows: QuerySet[ParkedEvent]) -> None:
        firsts = self._firsts(request, rows)
        by = request.user.get_username()
        for name, keys in _by_consumer(firsts, "key"):
            consumers()[name].retry(*keys, by=by)
        if firsts:
            LogEntry.objects.log_actions(str(request.user.pk), firsts, CHANGE, "To be retried.")
            self._follow(request, firsts, f"{len(firsts):,} to be retried")

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
        firsts = self._firsts(request, rows)
        by, discarded = request.user.get_username(), set[tuple[str, int]]()
        for name, positions in _by_consumer(firsts, "position"):
            done = consumers()[name].discard(*positions, by=by, reason=reason)
            discarded.update((name, position) for position in done)
        decided = [row for row in firsts if (row.consumer, row.position) in discarded]
        if decided:
            LogEntry.objects.log_actions(
                str(request.user.pk), decided, CHANGE, f"Discarded: {reason}"
            )
            self._follow(request, decided, f"{len(decided):,} discarded")

    def _follow(self, request: HttpRequest, decided: list[Any], done: str) -> None:
        """Wake the workers, and report what they have to do."""
        wake({row.consumer for row in decided})
        behind = sum(row.left - 1 for row in decided)
        waiting = f", {behind:,} that wait behind follow" if behind else ""
        self.message_user(request, f"{done}{waiting}. Reload the page to see what is left.")

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


def _by_consumer(rows: list[Any], field: str) -> Iterator[tuple[str, list[Any]]]:
    """The field's values by consumer, as many as one statement takes at a time."""
    values: dict[str, list[Any]] = defaultdict(list)
    for row in rows:
        values[row.consumer].append(getattr(row, field))
    for name, all_of_it in values.items():
        for start in range(0, len(all_of_it), MOST_IN_ONE_STATEMENT):
            yield name, all_of_it[start : start + MOST_IN_ONE_STATEMENT]


def _link_to_first(row: Any) -> SafeString:
    """It leads to all parked events of this post."""
    return format_html('<a href="?{}">{}</a>', urlencode({"q": row.key}), row.first)


def _some(items: list[Any]) -> SafeString:
    """The first of them, by commas."""
    named = format_html_join(", ", "{}", ([item] for item in items[:MAX_NAMED]))
    return format_html("{}{}", named, " …" if len(items) > MAX_NAMED else "")


# --- Events that are done in chunks


class ContinuationAdmin(ReadOnlyAdmin[Any]):
    list_display = ("position", "type", "subject", "begun_at")
    search_fields = ("=event_id", "=subject")
    exclude = ("data",)


# Each service in this process that subscribes has tables of its own.
for model in apps.get_models():
    if issubclass(model, ParkedEvent):
        admin.site.register(model, ParkedEventAdmin)
    if issubclass(model, Continuation):
        admin.site.register(model, ContinuationAdmin)
