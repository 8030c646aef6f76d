"""Which of the events set aside a person can decide on: of each post the first, for which all
others wait."""

from collections.abc import Iterable
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery
from django.utils.html import format_html, format_html_join
from django.utils.http import urlencode
from django.utils.safestring import SafeString

from eventstore.consumer import consumers
from eventstore.parking import UNDECIDED, ParkedEvent

SHOWN = 5


def with_first(rows: QuerySet[ParkedEvent]) -> QuerySet[ParkedEvent]:
    """Each row with ``first``: the position of the first that is set aside of its post."""
    same = {"consumer": OuterRef("consumer"), "key": OuterRef("key"), "state__in": UNDECIDED}
    before = rows.model._default_manager.filter(**same).order_by("position").values("position")
    return rows.annotate(first=Subquery(before[:1]))


def split(rows: Iterable[Any]) -> tuple[list[Any], list[Any]]:
    """Of these rows, with their ``first``: those that can be decided on, and those that wait for
    one that is not among them."""
    undecided = [row for row in rows if row.state in UNDECIDED]
    firsts = [row for row in undecided if row.position == row.first]
    posts = {_post(row) for row in firsts}
    return firsts, [row for row in undecided if _post(row) not in posts]


def link_to_first(row: Any) -> SafeString:
    """It leads to all that is set aside of this post."""
    return format_html('<a href="?{}">{}</a>', urlencode({"q": row.key}), row.first)


def why_nothing(waiting: list[Any]) -> SafeString:
    """About rows that cannot be decided on yet."""
    posts = {_post(row): row for row in waiting}.values()
    links = format_html_join(", ", "{}", ([link_to_first(row)] for row in [*posts][:SHOWN]))
    said = "What waits stays as it was ({}{}): first retry or discard what it waits for, {}{}."
    return format_html(said, positions(waiting[:SHOWN]), _more(waiting), links, _more(posts))


def positions(rows: Iterable[ParkedEvent]) -> str:
    return ", ".join(str(row.position) for row in rows)


def still_here(decided: Iterable[ParkedEvent]) -> list[ParkedEvent]:
    """What is now the first of the posts that were decided on: it failed."""
    found = [consumers()[row.consumer].parking.first(row.key) for row in decided]
    return [row for row in found if row]


def _more(rows: Any) -> str:
    return " …" if len(rows) > SHOWN else ""


def _post(row: ParkedEvent) -> tuple[str, Any]:
    return row.consumer, row.key
