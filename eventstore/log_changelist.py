"""The log in the admin: in pages that are ranges of positions, narrowed by time through positions.

Positions have no gaps, and are in the order of appending. So the log needs neither be counted nor
be skipped through: each of its pages costs the same, however long it is.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.contrib import admin
from django.contrib.admin.options import IS_FACETS_VAR
from django.contrib.admin.views.main import ERROR_FLAG, ORDER_VAR, PAGE_VAR
from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property
from django.utils.timezone import localtime

from eventstore import store
from eventstore.models import Event

PERIODS = {"today": "Today", "week": "Past 7 days", "month": "This month", "year": "This year"}
NO_FILTERS = {PAGE_VAR, ORDER_VAR, ERROR_FLAG, IS_FACETS_VAR}


class PeriodFilter(admin.SimpleListFilter):
    """By when events were appended."""

    title, parameter_name = "time of appending", "appended"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Sequence[tuple[str, str]]:
        return [*PERIODS.items()]

    def queryset(self, request: HttpRequest, rows: QuerySet[Event]) -> QuerySet[Event]:
        if self.value() not in PERIODS:
            return rows
        return rows.filter(position__gte=store.first_position_since(_begin(str(self.value()))))


def _begin(period: str) -> datetime:
    today = localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    days = {"week": 7, "month": today.day - 1, "year": today.timetuple().tm_yday - 1}
    return today - timedelta(days=days.get(period, 0))


def is_whole(request: HttpRequest) -> bool:
    """Whether the list at hand is the log as it is, or all that was appended since a time."""
    return not set(request.GET) - NO_FILTERS - {PeriodFilter.parameter_name}


class LogPaginator(Paginator[Event]):
    """Pages of consecutive events, in either order: ``rows`` has all from some position on."""

    is_bounded = False

    @cached_property
    def _ends(self) -> tuple[int, int]:
        """The first position of all pages, and the last."""
        rows: Any = self.object_list
        keys = rows.values_list("position", flat=True)
        first, last = keys.order_by("position").first(), keys.order_by("-position").first()
        return (first or 1), (last or 0)

    @cached_property
    def count(self) -> int:
        first, last = self._ends
        return last - first + 1

    def page(self, number: int | str) -> Page[Event]:
        number, (first, last) = self.validate_number(number), self._ends
        rows: Any = self.object_list
        size, before = self.per_page, (number - 1) * self.per_page
        low = first + before if rows.query.order_by[0] == "position" else last - before - size + 1
        found = rows.filter(position__gte=max(low, first), position__lt=low + size)
        return Page(found, number, self)
