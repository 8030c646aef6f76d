"""What each task did, in the admin: which consumer handled how much, and how far it came."""

import json
import re
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.text import Truncator
from django.utils.timezone import localtime
from django_celery_results.models import TaskResult

from eventstore.readonly_admin import ReadOnlyAdmin

_FIRST_ARGUMENT = re.compile(r"'(\w+)'")


class ConsumerFilter(admin.SimpleListFilter):
    """By whom a task was for: that is its first argument, whether it failed or not."""

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
    fields = (
        "done_at",
        "consumer",
        "events",
        "position",
        "state",
        "result",
        "where",
        "task_name",
        "task_id",
        "worker",
    )

    @admin.display(description="done at", ordering="date_done")
    def done_at(self, row: TaskResult) -> str:
        return date_format(localtime(row.date_done), "DATETIME_FORMAT")

    @admin.display(description="consumer")
    def consumer(self, row: TaskResult) -> str:
        named = _FIRST_ARGUMENT.search(row.task_args or "")
        return named[1] if named else ""

    @admin.display(description="events handled")
    def events(self, row: TaskResult) -> str:
        return _told(row, "handled")

    @admin.display(description="position")
    def position(self, row: TaskResult) -> str:
        return _told(row, "position")

    @admin.display(description="state", ordering="status")
    def state(self, row: TaskResult) -> str:
        return str(row.status).lower()

    @admin.display(description="task", ordering="task_name")
    def task(self, row: TaskResult) -> str:
        return (row.task_name or "").rpartition(".")[2]

    @admin.display(description="error")
    def error(self, row: TaskResult) -> str:
        if "exc_type" not in (said := _result(row)):
            return ""
        words = said.get("exc_message")
        message = " ".join(map(str, words)) if isinstance(words, list) else str(words or "")
        return Truncator(f"{said['exc_type']}: {message}").chars(300)

    @admin.display(description="traceback")
    def where(self, row: TaskResult) -> str:
        return format_html("<pre>{}</pre>", row.traceback) if row.traceback else ""


def _told(row: TaskResult, name: str) -> str:
    return str(_result(row).get(name, ""))


def _result(row: TaskResult) -> dict[str, Any]:
    """What the task returned, or how it failed; empty for what cannot be read."""
    try:
        found = json.loads(row.result or "{}")
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
