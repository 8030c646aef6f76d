"""The admin as this project has it."""

from collections.abc import Callable, Iterator
from functools import wraps
from http import HTTPStatus
from typing import Any

from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import URLPattern

from web.logins import Login
from web.methods import only
from web.pages import answer
from web.throttling import slower

takes_pages = only("GET", "HEAD", "POST")


class AdminSite(admin.AdminSite):
    """Django's, which would take any other method for a GET, and any number of passwords, and
    trips over what no browser sends."""

    site_header = site_title = "Hindsight"
    index_title = "What stands behind the page"

    def get_urls(self) -> list[Any]:
        # "View on site" asks models for what ours do not have, and asks the wrong database.
        urls = [each for each in super().get_urls() if getattr(each, "name", "") != "view_on_site"]
        for pattern in _patterns(urls):
            takes_pages(pattern.callback)
        return urls

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        guarded: Callable[..., HttpResponseBase] = super().admin_view(view, cacheable)

        @wraps(guarded)
        def readable(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if _has_nul(request) or not _chooses_ids(request, getattr(view, "__self__", None)):
                return answer(request, HTTPStatus.BAD_REQUEST, "This request cannot be read.")
            return guarded(request, *args, **kwargs)

        return readable

    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        if request.method != "POST":
            return super().login(request, extra_context)
        login = Login()
        if login.refused(request):
            return slower(request, login)
        response = super().login(request, extra_context)
        if response.status_code == HTTPStatus.FOUND:  # on to what they came for
            login.succeeded()
        return response


def _patterns(urls: list[Any]) -> Iterator[URLPattern]:
    for each in urls:
        if isinstance(each, URLPattern):
            yield each
        else:
            yield from _patterns(each.url_patterns)


def _has_nul(request: HttpRequest) -> bool:
    """PostgreSQL has no text with a NUL in it, not even to look for."""
    asked = [value for _, values in request.GET.lists() for value in values]
    chosen = request.POST.getlist(ACTION_CHECKBOX_NAME)
    return any("\0" in text for text in (request.path, *asked, *chosen))


def _chooses_ids(request: HttpRequest, where: Any) -> bool:
    """The rows that an action is for are chosen by what can be their ids."""
    if not isinstance(where, admin.ModelAdmin):
        return True
    try:
        for chosen in request.POST.getlist(ACTION_CHECKBOX_NAME):
            where.opts.pk.to_python(chosen)
    except ValidationError:
        return False
    return True
