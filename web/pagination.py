"""Lists come in cursor pages: what is added meanwhile neither shifts nor repeats an entry."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

from django.core import signing
from django.db.models import Model, QuerySet
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.utils.urls import remove_query_param, replace_query_param

from web.api import validated_query

SALT = "web.pagination"
PAGE = frozenset({"cursor", "limit"})  # the names in a list's query string

ORDERINGS = ("created_at", "-created_at")

M = TypeVar("M", bound=Model)


class Cursor(NamedTuple):
    """A place between two entries: behind the one with this time and key, or before it."""

    backwards: bool
    time: datetime
    key: UUID


class PageQuery(serializers.Serializer[Any]):
    limit = serializers.IntegerField(min_value=1, required=False)
    cursor = serializers.CharField(required=False)
    ordering = serializers.ChoiceField(ORDERINGS, required=False)


class NewestFirst(CursorPagination):
    """``{"next", "previous", "results"}``; ``?limit=`` is their number, up to ``max_page_size``.

    Where DRF's class counts entries of the same time, and loses count when one is added, this one
    goes by time and key together (keyset pagination). ``ordering`` is those two fields; a view that
    has it among its ``query_names`` lets the reader turn it around."""

    ordering: tuple[str, ...] = ("-created_at", "-id")
    page_size = 20
    page_size_query_param = "limit"
    max_page_size = 100

    base_url: str
    size: int
    _cursor: Cursor | None

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        """Raises ValidationError for a ``limit`` or a ``cursor`` that is none."""
        self.request = request
        return self.take(list(self.choose(queryset, request)))

    def choose(self, queryset: QuerySet[M], request: Request) -> QuerySet[M]:
        """Of ``queryset``, what ``take`` takes: the rows of the page that is requested, and one
        more, if there is. Raises ValidationError for a ``limit`` or a ``cursor`` that is none."""
        self.base_url = request.build_absolute_uri()
        query = validated_query(request, PageQuery)
        if "ordering" in query:
            sign = "-" if query["ordering"].startswith("-") else ""
            self.ordering = tuple(sign + name for name in self.names())
        self.size = min(query.get("limit", self.page_size), self.max_page_size)
        self._cursor = cursor = _read(query.get("cursor"))
        ordered = (self._beyond(queryset, cursor) if cursor else queryset).order_by(*self.ordering)
        return (ordered.reverse() if cursor and cursor.backwards else ordered)[: self.size + 1]

    def take(self, rows: Sequence[Any]) -> list[Any]:
        """The rows of the page, in its order."""
        backwards = self._cursor is not None and self._cursor.backwards
        more, self.rows = len(rows) > self.size, [*rows[: self.size]]
        if backwards:
            self.rows.reverse()
        self.has_next = backwards or more
        self.has_previous = more if backwards else self._cursor is not None
        self.display_page_controls = self.has_next or self.has_previous
        return self.rows

    def names(self) -> list[str]:
        """The fields of time and key."""
        return [name.removeprefix("-") for name in self.ordering]

    def get_next_link(self) -> str | None:
        return self._link(self.rows[-1:], backwards=False) if self.has_next else None

    def get_previous_link(self) -> str | None:
        return self._link(self.rows[:1], backwards=True) if self.has_previous else None

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        cursor = {"type": "string", "format": "cursor"}
        limit = {"type": "integer", "minimum": 1, "default": self.page_size}
        size = f"Number of entries, at most {self.max_page_size}."
        where = "Where to go on, from `next` or `previous`."
        parameters = [
            {"name": "cursor", "in": "query", "description": where, "schema": cursor},
            {"name": "limit", "in": "query", "description": size, "schema": limit},
        ]
        if "ordering" in getattr(view, "query_names", ()):
            default = ("-" if self.ordering[0].startswith("-") else "") + ORDERINGS[0]
            order = {"type": "string", "enum": list(ORDERINGS), "default": default}
            what = "Oldest first, or, with `-`, newest first."
            parameters.append(
                {"name": "ordering", "in": "query", "description": what, "schema": order}
            )
        return parameters

    def _beyond(self, queryset: QuerySet[Any], cursor: Cursor) -> QuerySet[Any]:
        is_later = self.ordering[0].startswith("-") == cursor.backwards
        return beyond(queryset, self.names(), (cursor.time, cursor.key), is_later=is_later)

    def _link(self, edge: Sequence[Model], backwards: bool) -> str:
        if not edge:  # all that was here is gone: from the start again
            return remove_query_param(self.base_url, self.cursor_query_param)
        time, key = (getattr(edge[0], name) for name in self.names())
        # Signed: no cursor but ours comes back, so a bad one cannot trip the database.
        cursor = signing.dumps([int(backwards), time.isoformat(), key.hex], salt=SALT)
        return replace_query_param(self.base_url, self.cursor_query_param, cursor)


def beyond(
    rows: QuerySet[M], names: Sequence[str], place: tuple[datetime, UUID], *, is_later: bool
) -> QuerySet[M]:
    """Of ``rows``, which are ordered by the two fields ``names`` (a time and a key), those that are
    later, or earlier, than the one with these values."""
    (time, key), (at, of_key) = names, place
    side, wrong = ("gte", "lte") if is_later else ("lte", "gte")
    # A range that an index serves, less the rows of that very time on the wrong side.
    return rows.filter(**{f"{time}__{side}": at}).exclude(**{time: at, f"{key}__{wrong}": of_key})


class OldestFirst(NewestFirst):
    """Comments read best in order of time."""

    ordering = ("created_at", "id")
    page_size = 100
    max_page_size = 1_000


def _read(cursor: str | None) -> Cursor | None:
    """Raises ValidationError for anything but a cursor of ours."""
    if not cursor:
        return None
    try:
        backwards, time, key = signing.loads(cursor, salt=SALT)
    except signing.BadSignature:
        raise ValidationError({"cursor": ["Invalid cursor."]}) from None
    return Cursor(bool(backwards), datetime.fromisoformat(time), UUID(hex=key))
