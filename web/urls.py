"""The addresses that every process has."""

from functools import cache
from pathlib import Path

from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.cache import cache_control
from django.views.generic import RedirectView

from web import catalogue, health, services
from web.methods import read_only
from web.origins import absolute_url
from web.schema import Docs, Schema

DAY_SECONDS = 86_400
MONTH_SECONDS = 30 * DAY_SECONDS


@read_only
@cache_control(public=True, max_age=MONTH_SECONDS)
def icon(request: HttpRequest) -> HttpResponse:
    """The icon that browsers request where a page names none, as in the admin."""
    return HttpResponse(_icon(), content_type="image/x-icon")


@cache
def _icon() -> bytes:
    return Path(str(finders.find("favicon.ico"))).read_bytes()


@read_only
@cache_control(public=True, max_age=DAY_SECONDS)
def robots(request: HttpRequest) -> HttpResponse:
    """What search engines may read: the pages."""
    lines = [
        "User-agent: *",
        *("Disallow: /admin/", "Disallow: /services/", "Disallow: /api/", "Disallow: /*?q="),
        f"Sitemap: {absolute_url(request, '/sitemap.xml')}",
    ]
    return HttpResponse("\n".join([*lines, ""]), content_type="text/plain")


urlpatterns = [
    path("healthz", read_only(health.healthz), name="healthz"),
    path("readyz", read_only(health.readyz), name="readyz"),
    path("metrics", read_only(health.metrics), name="metrics"),
    path("favicon.ico", icon, name="icon"),
    path("robots.txt", robots, name="robots"),
    path("services/", services.page, name="services"),
    path("services/part/", services.part, name="services-part"),
    path("api/", read_only(RedirectView.as_view(pattern_name="docs")), name="api"),
    path("api/schema/", Schema.as_view(), name="schema"),
    path("api/events/catalogue/", catalogue.page, name="catalogue"),
    path("api/docs/", read_only(Docs.as_view()), name="docs"),
]
