"""Lists of the admin whose cost does not grow with their tables: counted up to a limit, searched by
id through an index and for words in the newest rows."""

from collections.abc import Iterator
from typing import Any, TypeVar

from django.contrib import admin
from django.contrib.admin.views.main import PAGE_VAR, SEARCH_VAR
from django.core.paginator import Paginator
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property

from eventstore.contracts import CONTRACTS

M = TypeVar("M", bound=Model)

MAX_COUNTED = 1_000  # rows beyond the page at hand; more are "1,000+"
MAX_EXACT = 1_000  # rows with one id that are found beside those with the words
MAX_PAGE_DIGITS = 5
SEARCHED_ROWS = 5_000  # in which words are searched
EVERYWHERE = "all"


class BoundedPaginator(Paginator[Any]):
    """Counts what is before the page ``at`` hand, that page, and ``MAX_COUNTED`` rows more."""

    def __init__(self, rows: Any, per_page: int, *args: Any, at: str = "", **kwargs: Any) -> None:
        super().__init__(rows, per_page, *args, **kwargs)
        page = int(at) if at.isdecimal() and len(at) <= MAX_PAGE_DIGITS else 1
        self.limit = MAX_COUNTED + per_page * page

    @cached_property
    def count(self) -> int:
        return min(self._counted, self.limit)

    @property
    def is_bounded(self) -> bool:
        """Whether there are more than ``count``."""
        return self._counted > self.limit

    @cached_property
    def _counted(self) -> int:
        rows: Any = self.object_list
        return int(rows.order_by().values("pk")[: self.limit + 1].count())


class WordsFilter(admin.SimpleListFilter):
    """Where words are searched: in the newest rows; or in all, for those who choose that."""

    title, parameter_name = "extent of the search", "words"

    def __init__(self, request: HttpRequest, params: Any, model: Any, model_admin: Any) -> None:
        super().__init__(request, params, model, model_admin)
        self.newest = f"The newest {model_admin.searched_rows:,}"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(EVERYWHERE, "All, which takes longer")]

    def has_output(self) -> bool:
        return bool(self.request.GET.get(SEARCH_VAR))

    def choices(self, changelist: Any) -> Iterator[Any]:
        newest, *others = super().choices(changelist)
        yield {**newest, "display": self.newest}
        yield from others

    def queryset(self, request: HttpRequest, rows: QuerySet[Any]) -> QuerySet[Any]:
        return rows


class BoundedAdmin(admin.ModelAdmin[M]):
    """Counts no more than it shows. Has ``exactly``, what is found by an index; words are searched
    in the newest ``searched_rows`` by ``searched_by``, with ``WordsFilter`` among its filters."""

    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER  # these count all rows
    searched_by = "pk"
    searched_rows = SEARCHED_ROWS

    def exactly(self, text: str) -> list[Q]:
        """The conditions, each with an index of its own, under which a row is found by ``text``."""
        return []

    def get_paginator(
        self, request: HttpRequest, queryset: Any, per_page: int, *args: Any, **kwargs: Any
    ) -> Paginator[Any]:
        at = request.GET.get(PAGE_VAR, "")
        return BoundedPaginator(queryset, per_page, *args, at=at, **kwargs)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[M], search_term: str
    ) -> tuple[QuerySet[M], bool]:
        if not (text := search_term.strip()):
            return queryset, False
        keys = list[Any]()
        for condition in self.exactly(text):
            rows = self.model._default_manager.filter(condition).order_by()
            some = list(rows.values_list("pk", flat=True)[: MAX_EXACT + 1])
            if len(some) > MAX_EXACT:
                return queryset.filter(condition), False
            keys += some
        everywhere = request.GET.get(WordsFilter.parameter_name) == EVERYWHERE
        rows = queryset if everywhere else newest(queryset, self.searched_by, self.searched_rows)
        with_words, _ = super().get_search_results(request, rows, search_term)
        if not keys:
            return with_words, False
        if everywhere:
            found = Q(pk__in=with_words.order_by().values("pk"))
            return queryset.filter(Q(pk__in=keys) | found), False
        # Their keys: no database finds its way along two indexes, and then in order.
        keys += with_words.order_by().values_list("pk", flat=True)
        return queryset.filter(pk__in=keys), False


class ReadOnlyAdmin(BoundedAdmin[M]):
    """What has happened stays as it is."""

    def _never(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    has_add_permission = has_change_permission = has_delete_permission = _never


def newest(rows: QuerySet[M], by: str, number: int) -> QuerySet[M]:
    """The newest of ``rows`` by this field; more only where several have the same value of it."""
    values = rows.order_by(f"-{by}").values_list(by, flat=True)
    last = values[number - 1 : number].first()
    return rows if last is None else rows.filter(**{f"{by}__gte": last})


class TypeFilter(admin.SimpleListFilter):
    """By the type of an event: those that there are contracts for."""

    title, parameter_name = "type", "type__exact"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(name, name) for name in CONTRACTS]

    def queryset(self, request: HttpRequest, rows: QuerySet[Any]) -> QuerySet[Any]:
        return rows.filter(type=self.value()) if self.value() else rows
