"""The admin site, and the base of the admins that write through their service."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import wraps
from http import HTTPStatus
from typing import Any, TypeVar

from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import ValidationError
from django.db import models, router, transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import URLPattern
from django.utils.html import format_html
from django.utils.text import Truncator

from web.errors import bad_request
from web.methods import only
from web.origins import service_url
from web.throttling import Allowance, take, too_many_requests

M = TypeVar("M", bound=models.Model)
accept_pages = only("GET", "HEAD", "POST")


class AdminSite(admin.AdminSite):
    """Django's, which would take any other method for a GET and accept any number of passwords,
    and which fails (500) on input that no browser sends."""

    site_header = site_title = "Hindsight"
    index_title = "Administration"

    def get_urls(self) -> list[Any]:
        # "View on site" needs what our models do not have, and reads the wrong database.
        urls = [each for each in super().get_urls() if getattr(each, "name", "") != "view_on_site"]
        for pattern in _patterns(urls):
            accept_pages(pattern.callback)
        return urls

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        guarded: Callable[..., HttpResponseBase] = super().admin_view(view, cacheable)

        @wraps(guarded)
        def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not _is_sound(request, getattr(view, "__self__", None)):
                return bad_request(request)
            return guarded(request, *args, **kwargs)

        return checked

    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        if request.method != "POST":
            return super().login(request, extra_context)
        allowance = Allowance("logins")
        if take(request, allowance):
            return too_many_requests(request, allowance)
        response = super().login(request, extra_context)
        if response.status_code == HTTPStatus.FOUND:  # on to the page that they came for
            allowance.give_back()
        return response


class ServiceAdmin(admin.ModelAdmin[M]):
    """An admin that writes as everybody else does: through the functions of the service, so that
    the same events are published. Everything that one request writes is one transaction.

    A subclass sets ``columns`` (of the list), ``not_found`` (what its service raises for a row that
    is gone), and defines ``path_on_page``, ``save_model`` and ``remove``."""

    columns: tuple[str, ...]
    not_found: type[Exception]
    list_per_page = 50
    show_full_result_count = False

    def remove(self, key: Any) -> None:
        """Have the service delete this row. May raise ``not_found``."""
        raise NotImplementedError

    def path_on_page(self, row: M) -> str:
        raise NotImplementedError

    def page_url(self, row: M, request: HttpRequest) -> str:
        return service_url("query", request) + self.path_on_page(row)

    def get_list_display(self, request: HttpRequest) -> Any:
        @admin.display(description="page")
        def on_page(row: M) -> str:
            return format_html('<a href="{}">View on page</a>', self.page_url(row, request))

        return (*self.columns, on_page)

    def delete_model(self, request: HttpRequest, obj: M) -> None:
        with suppress(self.not_found):
            self.remove(obj.pk)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[M]) -> None:
        with transaction.atomic(using=router.db_for_write(self.model)):
            for key in queryset.order_by("pk").values_list("pk", flat=True):
                with suppress(self.not_found):
                    self.remove(key)

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        try:
            return super().changeform_view(request, object_id, *args, **kwargs)
        except self.not_found:  # deleted after it was read and before it was locked
            this: Any = self  # django-stubs does not know the method
            gone: HttpResponse = this._get_obj_does_not_exist_redirect(
                request, self.opts, object_id
            )
            return gone


class AdminOfComments(ServiceAdmin[M]):
    """For a service's rows that are one comment each. A comment is written on the page alone."""

    def path_on_page(self, row: Any) -> str:
        return f"/posts/{row.post_id}/?comment={row.pk}#comment-{row.pk}"

    @admin.display(description="comment")
    def excerpt(self, row: Any) -> str:
        return Truncator(row.content).chars(120)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False


def _patterns(urls: list[Any]) -> Iterator[URLPattern]:
    for each in urls:
        if isinstance(each, URLPattern):
            yield each
        else:
            yield from _patterns(each.url_patterns)


def _is_sound(request: HttpRequest, model_admin: Any) -> bool:
    """Has no NUL, which PostgreSQL cannot even search for; what an action selects can be ids."""
    selected = request.POST.getlist(ACTION_CHECKBOX_NAME)
    in_query = [value for _, values in request.GET.lists() for value in values]
    if any("\0" in text for text in (request.path, *in_query, *selected)):
        return False
    if isinstance(model_admin, admin.ModelAdmin):
        try:
            for key in selected:
                model_admin.opts.pk.to_python(key)
        except ValidationError:
            return False
    return True
