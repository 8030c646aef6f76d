"""The page /services/, for staff: where each service stands, and a button that pauses its consumer
or resumes it. It works without a script; with it, it is brought up to date every few seconds."""

from http import HTTPStatus
from typing import NamedTuple

from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.core.exceptions import BadRequest, PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone

from eventstore import standing
from eventstore.models import Subscription
from eventstore.outages import in_one_line
from eventstore.standing import Failure, Standing, Worker
from web.methods import only
from web.origins import service_url

PERMISSION = "eventstore.pause_subscription"
CHANGES = {"pause": (standing.pause, "Paused."), "resume": (standing.resume, "Resumed.")}
TONES = {
    Worker.RUNNING: "good",
    Worker.PAUSED: "open",
    Worker.NOT_RUNNING: "bad",
    Worker.NEVER_STARTED: "bad",
}
FEW_PER_SECOND = 10


class Card(NamedTuple):
    """A service, as it is shown. Addresses are empty where this user may not go."""

    of: Standing
    tone: str
    seen: str
    lag: str
    rate: str
    parked_url: str
    error_url: str
    error_link: str
    away: dict[str, str]
    own_page: str
    """Of a service that is in another process."""


def _page(request: HttpRequest) -> HttpResponseBase:
    if request.method == "POST":
        return _change(request)
    return _shown(request, "admin/services.html")


def _part(request: HttpRequest) -> HttpResponseBase:
    """The part of the page that changes, for its script."""
    return _shown(request, "admin/_services.html")


accept_pages, accept_reads = only("GET", "HEAD", "POST"), only("GET", "HEAD")
page = accept_pages(admin.site.admin_view(_page))
part = accept_reads(admin.site.admin_view(_part))


def _shown(request: HttpRequest, template: str) -> HttpResponse:
    found = standing.overview()
    context = {
        **admin.site.each_context(request),
        "title": "Services",
        "head": found.head,
        "now": timezone.localtime(),
        "cards": [_card(request, each) for each in found.services],
        "may_pause": request.user.has_perm(PERMISSION),
        "may_view_events": request.user.has_perm("eventstore.view_event"),
    }
    status = HTTPStatus.OK if found.is_anything_known else HTTPStatus.SERVICE_UNAVAILABLE
    response = TemplateResponse(request, template, context, status=status)
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _change(request: HttpRequest) -> HttpResponse:
    """Pause or resume. It is recorded in the admin's log, or it is not done."""
    if not request.user.has_perm(PERMISSION):
        raise PermissionDenied
    name, action = request.POST.get("consumer", ""), request.POST.get("action", "")
    known = {each.service for each in standing.overview().services if each.can_be_paused}
    if action not in CHANGES or name not in known:
        raise BadRequest
    change, note = CHANGES[action]
    with transaction.atomic(using="default"):
        rows = [Subscription(consumer=name)]
        entries = LogEntry.objects.log_actions(str(request.user.pk), rows, CHANGE, note)
        if not change(name, request.user.get_username()):
            LogEntry.objects.filter(pk__in=[entry.pk for entry in entries or []]).delete()
            messages.info(request, f"Nothing to do: {name} is {action}d already.")
        elif action == "pause":
            text = f"Paused: {name} keeps its position, and events wait for it."
            messages.success(request, text)
        else:
            messages.success(request, f"Resumed: {name} goes on where it stood.")
    return redirect("services")


def _card(request: HttpRequest, each: Standing) -> Card:
    """Parked events and task results are in the admin of the process that has them."""
    error_url, error_link = _where(request, each.failure)
    return Card(
        of=each,
        tone=TONES.get(each.worker, ""),
        seen=in_words(abs(standing.ago(each.seen_at))) if each.seen_at else "",
        lag=in_words(each.lag.seconds) if each.lag else "",
        rate=_rate(each),
        parked_url=_parked_url(request, each.service) if each.parked else "",
        error_url=error_url,
        error_link=error_link,
        away={alias: in_one_line(error) for alias, error in each.away.items()},
        own_page="" if each.is_here else service_url(each.service, request) + reverse("services"),
    )


def _where(request: HttpRequest, failure: Failure | None) -> tuple[str, str]:
    """What leads on from an error: its address, and its name."""
    if failure and failure.event_id:
        return f"{reverse('admin:eventstore_journey')}?of={failure.event_id}", "Its journey"
    if failure and request.user.has_perm("django_celery_results.view_taskresult"):
        name = "admin:django_celery_results_taskresult_change"
        return reverse(name, args=[failure.task]), "The task"
    return "", ""


def _parked_url(request: HttpRequest, service: str) -> str:
    if not request.user.has_perm(f"{service}.view_parkedevent"):
        return ""
    return f"{reverse(f'admin:{service}_parkedevent_changelist')}?state__exact=parked"


def _rate(each: Standing) -> str:
    """As in "120 in 5 min (0.4 a second)"."""
    if each.throughput is None:
        return ""
    events, seconds = each.throughput
    if not events:
        return f"none in {in_words(seconds)}"
    rate = events / seconds
    shown = f"{rate:,.0f}" if rate >= FEW_PER_SECOND else f"{rate:.2g}"
    return f"{events:,} in {in_words(seconds)} ({shown} a second)"


def in_words(seconds: float) -> str:
    """As in "3.2 s", "5 min", "2 h 5 min", "3 d 4 h"."""
    if seconds < 10:
        return f"{seconds:.1f} s" if seconds else "0 s"
    for unit, size, smaller, part_size in (("d", 86_400, "h", 3_600), ("h", 3_600, "min", 60)):
        if seconds >= size:
            rest = int(seconds % size // part_size)
            return f"{int(seconds // size)} {unit}" + (f" {rest} {smaller}" if rest else "")
    if seconds >= 60:
        rest = int(seconds % 60)
        return f"{int(seconds // 60)} min" + (f" {rest} s" if rest else "")
    return f"{seconds:.0f} s"
