"""The log in the admin: to be read, searched and filtered, never changed."""

import json
from importlib import import_module

from django.apps import apps
from django.contrib import admin
from django.utils.html import format_html
from django.utils.http import urlencode
from django_celery_results.models import GroupResult, TaskResult

from eventstore.models import Event, Subscription
from eventstore.parked_admin import ParkedEventAdmin
from eventstore.parking import ParkedEvent
from eventstore.readonly_admin import ReadOnlyAdmin
from eventstore.results_admin import TaskResultAdmin


@admin.register(Event)
class EventAdmin(ReadOnlyAdmin):
    list_display = ("position", "time", "type", "source", "about", "short_correlation")
    list_filter = ("type", "source", "time")
    search_fields = ("=id", "=subject", "=correlation_id", "=causation_id", "data")
    search_help_text = "An event's, post's, comment's or correlation's id, or words of the data."
    date_hierarchy = None  # it would scan the log
    show_full_result_count = False
    ordering = ("-position",)
    fields = (
        "position",
        "id",
        "type",
        "source",
        "subject",
        "time",
        "correlation_id",
        "causation_id",
        "readable_data",
    )

    @admin.display(description="subject", ordering="subject")
    def about(self, event: Event) -> str:
        return _all_of(str(event.subject))

    @admin.display(description="correlation", ordering="correlation_id")
    def short_correlation(self, event: Event) -> str:
        return _all_of(event.correlation_id)

    @admin.display(description="data")
    def readable_data(self, event: Event) -> str:
        try:
            data = json.dumps(json.loads(event.data), indent=2, ensure_ascii=False)
        except (ValueError, RecursionError):
            data = event.data
        return format_html("<pre>{}</pre>", data)


def _all_of(named: str) -> str:
    """The beginning of an id, which leads to all events that have it."""
    return format_html('<a href="?{}" title="{}">{}</a>', urlencode({"q": named}), named, named[:8])


@admin.register(Subscription)
class SubscriptionAdmin(ReadOnlyAdmin):
    list_display = ("consumer", "nudged", "seen_at")


# The package registers its own, which says nothing of what our tasks did; of groups we have none.
import_module("django_celery_results.admin")
admin.site.unregister([TaskResult, GroupResult])
admin.site.register(TaskResult, TaskResultAdmin)

# Each service in this process that listens has a table of its own.
for model in apps.get_models():
    if issubclass(model, ParkedEvent):
        admin.site.register(model, ParkedEventAdmin)
