"""An admin that writes as everybody else does: through the functions of the service, so that the
same events are published."""

from contextlib import suppress
from typing import Any, TypeVar

from django.contrib import admin
from django.db import models, router, transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html

from web.origins import service_url

M = TypeVar("M", bound=models.Model)


class ServiceAdmin(admin.ModelAdmin[M]):
    """For a subclass to say: ``shown`` (the columns of the list), ``gone`` (what its service
    raises for a row that is not there), ``remove`` and ``path_on_page``, and to save by
    ``save_model``. Everything that one request writes is one transaction, all or nothing."""

    shown: tuple[str, ...]
    gone: type[Exception]
    list_per_page = 50
    show_full_result_count = False

    def remove(self, key: Any) -> None:
        """Have the service delete this row. May raise ``gone``."""
        raise NotImplementedError

    def path_on_page(self, row: M) -> str:
        """Where the page shows this row."""
        raise NotImplementedError

    def get_list_display(self, request: HttpRequest) -> Any:
        @admin.display(description="page")
        def on_page(row: M) -> str:
            address = service_url("query", request) + self.path_on_page(row)
            return format_html('<a href="{}">on the page</a>', address)

        return (*self.shown, on_page)

    def delete_model(self, request: HttpRequest, obj: M) -> None:
        with suppress(self.gone):
            self.remove(obj.pk)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[M]) -> None:
        with transaction.atomic(using=router.db_for_write(self.model)):
            for key in queryset.order_by("pk").values_list("pk", flat=True):
                with suppress(self.gone):
                    self.remove(key)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except self.gone:  # deleted between the look and the lock
            there: Any = self
            gone: HttpResponse = there._get_obj_does_not_exist_redirect(
                request, self.opts, object_id
            )
            return gone
