"""The icon that browsers ask for where a page names none, as in the admin."""

from functools import cache
from pathlib import Path

from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import cache_control

from web.methods import read_only

MONTH = 30 * 86_400


@read_only
@cache_control(public=True, max_age=MONTH)
def icon(request: HttpRequest) -> HttpResponse:
    return HttpResponse(_icon(), content_type="image/x-icon")


@cache
def _icon() -> bytes:
    return Path(str(finders.find("favicon.ico"))).read_bytes()
