"""The page of a journey in the admin, for all staff: a lane for each service, with its hops."""

from collections.abc import Iterator, Sequence
from http import HTTPStatus
from typing import Any, NamedTuple

from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from eventstore.journey import Did, Hop, Journey, JourneyNotFound, decision_of, find, in_words
from eventstore.models import Event

SHOWN_EVENTS = 50  # at a time
MAX_LANES = 6  # that the style sheet has; the hops of more services are stacked, as on a phone
MAX_NAMED = 3  # events that a hop published and that are named one by one
MAX_KEY_CHARACTERS = 64
BAR_WIDTH = 100.0  # of the whole journey
MIN_BAR_WIDTH = 1.0
TONES = {
    Did.PARKED: "bad",
    Did.DISCARDED: "bad",
    Did.RETRYING: "open",
    Did.WAITING: "open",
    Did.NOT_YET: "open",
    Did.IN_CHUNKS: "open",
    Did.UNKNOWN: "unknown",
}


class Published(NamedTuple):
    """An event, or ``more`` of one type, as it is shown."""

    type: str
    position: int | None
    decision: dict[str, Any]
    more: int = 0


class Row(NamedTuple):
    """A hop, as it is shown. ``start`` and ``width`` are of its bar."""

    hop: Hop
    lane: int  # from 1
    tone: str
    decision: dict[str, Any]
    after: str
    took: str
    published: list[Published]
    start: float
    width: float


def journey_page(request: HttpRequest, site: AdminSite) -> HttpResponse:
    """``?of=`` an event, a post, a comment or a correlation, ``&after=`` a position."""
    key, after = request.GET.get("of", "").strip(), request.GET.get("after", "")
    context = {**site.each_context(request), "title": "Journey", "of": key}
    status = HTTPStatus.OK
    if key:
        try:
            position = int(after[:18]) if after.isdecimal() else 0
            found = find(key[:MAX_KEY_CHARACTERS], position, SHOWN_EVENTS)
        except JourneyNotFound:
            status = HTTPStatus.NOT_FOUND
        else:
            context |= _shown(found)
            context["may_view_events"] = request.user.has_perm("eventstore.view_event")
    page = TemplateResponse(request, "admin/eventstore/journey.html", context, status=status)
    page.headers["Cache-Control"] = "private, no-store"
    return page


def _shown(found: Journey) -> dict[str, Any]:
    lanes = found.lanes
    return {
        "journey": found,
        "lanes": lanes if len(lanes) <= MAX_LANES else [],
        "rows": list(_rows(found, lanes)),
        "took": in_words(found.took) if found.took is not None else "",
    }


def _rows(found: Journey, lanes: Sequence[str]) -> Iterator[Row]:
    ends = [found.after(hop.at or hop.since).total_seconds() for hop in found.hops]
    whole = max(ends, default=0) or 1.0
    for hop, end in zip(found.hops, ends, strict=True):
        start = found.after(hop.since).total_seconds() / whole * BAR_WIDTH
        width = max(end / whole * BAR_WIDTH - start, MIN_BAR_WIDTH)
        yield Row(
            hop=hop,
            lane=lanes.index(hop.service) + 1,
            tone=TONES.get(hop.did, ""),
            decision=decision_of(hop.event) if hop.did == Did.PUBLISHED else {},
            after=in_words(found.after(hop.at or hop.since)),
            took=in_words(hop.took) if hop.took is not None else "",
            published=list(_published(hop.published)),
            start=round(min(max(start, 0), BAR_WIDTH - width), 2),
            width=round(width, 2),
        )


def _published(events: Sequence[Event]) -> Iterator[Published]:
    for event in events[:MAX_NAMED]:
        yield Published(event.type, event.position, decision_of(event))
    left = [event.type for event in events[MAX_NAMED:]]
    for type_ in dict.fromkeys(left):
        yield Published(type_, None, {}, left.count(type_))
