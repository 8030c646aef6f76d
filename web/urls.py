"""The addresses that every process has."""

from functools import cache
from pathlib import Path

from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.cache import cache_control
from django.views.generic import RedirectView

from web import health
from web.methods import read_only
from web.schema import Docs, Schema

MONTH_SECONDS = 30 * 86_400


@read_only
@cache_control(public=True, max_age=MONTH_SECONDS)
def icon(request: HttpRequest) -> HttpResponse:
    """The icon that browsers request where a page names none, as in the admin."""
    return HttpResponse(_icon(), content_type="image/x-icon")


@cache
def _icon() -> bytes:
    return Path(str(finders.find("favicon.ico"))).read_bytes()


urlpatterns = [
    path("healthz", read_only(health.healthz), name="healthz"),
    path("readyz", read_only(health.readyz), name="readyz"),
    path("metrics", read_only(health.metrics), name="metrics"),
    path("favicon.ico", icon, name="icon"),
    path("api/", read_only(RedirectView.as_view(pattern_name="docs")), name="api"),
    path("api/schema/", Schema.as_view(), name="schema"),
    path("api/docs/", read_only(Docs.as_view()), name="docs"),
]
