"""How the queue is filtered: by fixed choices, and along an index."""

from collections.abc import Iterator
from typing import Any

from django.contrib.admin.filters import SimpleListFilter
from django.db.models import Q, QuerySet, Value
from django.db.models.functions import Coalesce
from django.http import HttpRequest

from moderation.models import BY_PERSONS, NO_PERSONS, Decision, Review, Rule, Status

MAX_CHOICES = 50
RECENT_DECISIONS = 1_000
ALL = "all"
DECIDED_AT = "decided_at"


def shown_status(request: HttpRequest) -> str:
    """Pending, unless something else is chosen or searched for."""
    chosen = request.GET.get(StatusFilter.parameter_name, "")
    if chosen == ALL or chosen in Status.values:
        return chosen
    return ALL if set(request.GET) - {"p"} else Status.PENDING.value


def is_narrow(request: HttpRequest) -> bool:
    """Whether what is wanted has an index that finds fewer rows than its status."""
    narrow = (DecidedBy.parameter_name, MatchedTerm.parameter_name, DECIDED_AT)
    return any(name.startswith(narrow) for name in request.GET)


class StatusFilter(SimpleListFilter):
    title, parameter_name = "status", "status__exact"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [*Status.choices, (ALL, "All")]

    def has_output(self) -> bool:
        return True

    def choices(self, changelist: Any) -> Iterator[Any]:
        chosen = shown_status(self.request)
        for value, label in self.lookup_choices:
            query = changelist.get_query_string({self.parameter_name: value})
            yield {"selected": chosen == value, "query_string": query, "display": label}

    def queryset(self, request: HttpRequest, rows: QuerySet[Review]) -> QuerySet[Review]:
        chosen = shown_status(request)
        if chosen == ALL:
            return rows
        if is_narrow(request):  # the status has an index, too, and is to follow theirs
            return rows.alias(state=Coalesce("status", Value(""))).filter(state=chosen)
        return rows.filter(status=chosen)


class NamesFilter(SimpleListFilter):
    """Exactly this value; the choices are read from a bounded number of rows."""

    def names(self) -> list[str]:
        raise NotImplementedError

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [*((name, name) for name in self.names()[:MAX_CHOICES]), ("", "(none)")]

    def has_output(self) -> bool:
        return True

    def choices(self, changelist: Any) -> Iterator[Any]:
        first, *others = super().choices(changelist)
        yield {**first, "selected": self.value() is None}
        for each, (value, _) in zip(others, self.lookup_choices, strict=True):
            yield {**each, "selected": self.value() == value}

    def queryset(self, request: HttpRequest, rows: QuerySet[Review]) -> QuerySet[Review]:
        value = self.value()
        return rows if value is None else rows.filter(Q((str(self.parameter_name), value)))


class DecidedBy(NamesFilter):
    title, parameter_name = "who decided", "decided_by"

    def names(self) -> list[str]:
        recent = Decision.objects.filter(by_person__in=BY_PERSONS).order_by("-decided_at")
        people = set(recent.values_list("decided_by", flat=True)[:RECENT_DECISIONS])
        return [*filter(None, NO_PERSONS), *sorted(people)]


class MatchedTerm(NamesFilter):
    title, parameter_name = "term that matched", "matched_term"

    def names(self) -> list[str]:
        return list(Rule.objects.values_list("term", flat=True).distinct()[:MAX_CHOICES])
