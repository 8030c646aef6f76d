"""The admin site, and the base of the admins that write through their service."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import wraps
from http import HTTPStatus
from typing import Any, TypeVar
from uuid import UUID

from django.contrib import admin
from django.contrib.admin.actions import delete_selected
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.models import LogEntry
from django.contrib.admin.utils import unquote
from django.core.exceptions import ValidationError
from django.db import Error, models, router, transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern
from django.utils.html import format_html
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy

from eventstore.changelists import BoundedAdmin
from eventstore.changelists import ReadOnlyAdmin as ReadOnlyAdmin
from eventstore.changelists import WordsFilter as WordsFilter
from eventstore.journey import as_uuid
from web.errors import bad_request
from web.methods import only
from web.origins import service_url
from web.throttling import Allowance, take, too_many_requests

M = TypeVar("M", bound=models.Model)
T = TypeVar("T")

ACTION_SECONDS = 0.4  # an action on very many rows does so much in one request
ACTION_ROWS = 100  # in one transaction, and the most that are deleted in one request
RECENT_ACTIONS = 10
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
            if not hasattr(pattern.callback, "allowed_methods"):
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

    def index(self, request: HttpRequest, extra_context: Any = None) -> TemplateResponse:
        """With what the user has done last, by key: Django's own would sort all of it by time."""
        entries = LogEntry.objects.filter(user=request.user.pk).order_by("-pk")
        done = entries.select_related("content_type")[:RECENT_ACTIONS]
        return super().index(request, {"recent_actions": done, **(extra_context or {})})

    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        if request.method != "POST":
            return super().login(request, extra_context)
        allowance = Allowance("logins")
        if take(request, allowance):
            return too_many_requests(request, allowance)
        try:
            response = super().login(request, extra_context)
        except Error:  # whether the password is right is not known, or cannot be kept
            allowance.give_back()
            raise
        if response.status_code == HTTPStatus.FOUND:  # on to the page that they came for
            allowance.give_back()
        return response


class ServiceAdmin(BoundedAdmin[M]):
    """An admin that writes as everybody else does: through the functions of the service, so that
    the same events are published. Everything that one request writes is one transaction.

    A subclass sets ``columns`` (of the list), ``not_found`` (what its service raises for a row that
    is gone), and defines ``path_on_page``, ``find``, ``save_model`` and ``remove``."""

    columns: tuple[str, ...]
    not_found: type[Exception]
    list_per_page = 50
    actions: Any = ("delete_selected",)
    searched_by = "created_at"

    def find(self, key: UUID) -> M:
        """Have the service find the row that has this key. May raise ``not_found``."""
        raise NotImplementedError

    def exactly(self, text: str) -> list[Q]:
        key = as_uuid(text)
        return [Q(pk=key)] if key else []

    def remove(self, key: Any) -> None:
        """Have the service delete this row. May raise ``not_found``."""
        raise NotImplementedError

    def path_on_page(self, row: M) -> str:
        raise NotImplementedError

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> M | None:
        """Also one that the service has lost, and finds in the log."""
        found: M | None = super().get_object(request, object_id, from_field)
        if found is None:
            with suppress(self.not_found, ValueError):
                return self.find(UUID(unquote(object_id)))
        return found

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

    @admin.action(
        description=gettext_lazy("Delete selected %(verbose_name_plural)s"), permissions=["delete"]
    )
    def delete_selected(
        self, request: HttpRequest, queryset: QuerySet[M]
    ) -> HttpResponseBase | None:
        """Django's: it lists the rows, and deletes them when that is confirmed. Not very many."""
        keys = list(queryset.values_list("pk", flat=True)[: ACTION_ROWS + 1])
        if len(keys) > ACTION_ROWS:
            text = f"At most {ACTION_ROWS} are deleted at a time: these are the first of them."
            self.message_user(request, text, "WARNING")
        some = self.model._default_manager.filter(pk__in=keys[:ACTION_ROWS])
        page: HttpResponseBase | None = delete_selected(self, request, some)
        return page

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


def parts_in_time(rows: Sequence[T]) -> Iterator[Sequence[T]]:
    """Parts of ``rows``, as many as one request has time for."""
    until = time.monotonic() + ACTION_SECONDS
    for start in range(0, len(rows), ACTION_ROWS):
        yield rows[start : start + ACTION_ROWS]
        if time.monotonic() > until:
            return


class AdminOfComments(ServiceAdmin[M]):
    """For a service's rows that are one comment each. A comment is written on the page alone."""

    def path_on_page(self, row: Any) -> str:
        return f"/posts/{row.post_id}/?comment={row.pk}#comment-{row.pk}"

    def exactly(self, text: str) -> list[Q]:
        key = as_uuid(text)
        return [Q(pk=key), Q(post_id=key)] if key else []

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
