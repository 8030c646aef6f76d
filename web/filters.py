"""The filters that all lists of posts, comments and reviews have. What is hidden from a reader
is never found by its text or its author."""

from typing import Any

from django.db.models import Q, QuerySet
from django.utils.timezone import is_naive
from rest_framework import serializers
from rest_framework.exceptions import NotAuthenticated, PermissionDenied
from rest_framework.filters import BaseFilterBackend
from rest_framework.request import Request

from web.api import validated_query
from web.pagination import PAGE
from web.readers import APPROVED, MAX_AUTHOR_LENGTH, STATUSES, Reader

LIST = PAGE | {"ordering", "author", "since", "until", "search"}
LIST_OF_COMMENTS = LIST | {"status"}

MAX_SEARCH = 100  # characters
NOT_FOR_YOU = "Only moderators may filter by status."

Parameter = dict[str, Any]


class Moment(serializers.DateTimeField):
    """A time with its zone."""

    default_error_messages = {
        "invalid": "Send a time with its zone, as 2026-11-27T09:30:00Z or, with the + written as "
        "%2B, 2026-11-27T09:30:00%2B01:00.",
    }

    def enforce_timezone(self, value: Any) -> Any:
        if is_naive(value):
            self.fail("invalid", format="")
        return super().enforce_timezone(value)


class ListQuery(serializers.Serializer[Any]):
    author = serializers.CharField(
        max_length=MAX_AUTHOR_LENGTH, required=False, trim_whitespace=False
    )
    since = Moment(required=False)
    until = Moment(required=False)
    search = serializers.CharField(max_length=MAX_SEARCH, required=False, trim_whitespace=False)


class CommentListQuery(ListQuery):
    status = serializers.ChoiceField(STATUSES, required=False)


class ListFilter(BaseFilterBackend):
    """``author``, ``since``, ``until`` and ``search``, of which all must hold. A view has
    ``searched``, the fields that are searched. Raises ValidationError."""

    query: type[ListQuery] = ListQuery

    def filter_queryset(self, request: Request, queryset: QuerySet[Any], view: Any) -> Any:
        query = validated_query(request, self.query)
        found = self.visible(request, queryset, query)
        if "author" in query:
            found = self.of_author(found, query["author"])
        if "since" in query:
            found = found.filter(created_at__gte=query["since"])
        if "until" in query:
            found = found.filter(created_at__lt=query["until"])
        if "search" in query:
            anywhere = Q()
            for field in view.searched:
                anywhere |= Q(**{f"{field}__icontains": query["search"]})
            found = found.filter(anywhere)
        return found

    def visible(self, request: Request, queryset: QuerySet[Any], query: Any) -> QuerySet[Any]:
        """Of ``queryset``, what may be found by ``query``."""
        return queryset

    def of_author(self, queryset: QuerySet[Any], author: str) -> QuerySet[Any]:
        return queryset.filter(author=author)

    def get_schema_operation_parameters(self, view: Any) -> list[Parameter]:
        time = {"type": "string", "format": "date-time"}
        return [
            _parameter(
                "author", _text(MAX_AUTHOR_LENGTH), "Only what this author wrote: the exact name."
            ),
            _parameter("since", time, "Only what was created at this time or later."),
            _parameter("until", time, "Only what was created before this time."),
            _parameter(
                "search",
                _text(MAX_SEARCH),
                f"Only what contains this text in its {' or '.join(view.searched)}, in capitals or "
                "not. It is compared with one text after the other: narrow a long list by time.",
            ),
        ]


class CommentFilter(ListFilter):
    """For comments that a reader may not all read: ``author`` and ``search`` find the approved
    alone, unless the reader moderates, who also has ``status``."""

    query = CommentListQuery

    def visible(self, request: Request, queryset: QuerySet[Any], query: Any) -> QuerySet[Any]:
        if not {"author", "search", "status"} & query.keys() or Reader(request).trusted:
            return queryset.filter(status=query["status"]) if "status" in query else queryset
        if "status" in query:
            denied = PermissionDenied if request.user.is_authenticated else NotAuthenticated
            raise denied(NOT_FOR_YOU)
        return queryset.filter(status=APPROVED)

    def get_schema_operation_parameters(self, view: Any) -> list[Parameter]:
        status = {"type": "string", "enum": list(STATUSES)}
        return [
            *super().get_schema_operation_parameters(view),
            _parameter("status", status, "For moderators: only comments with this status."),
        ]


def _parameter(name: str, schema: Parameter, description: str) -> Parameter:
    return {"name": name, "in": "query", "schema": schema, "description": description}


def _text(most: int) -> Parameter:
    return {"type": "string", "minLength": 1, "maxLength": most}
