"""The admin as this project has it."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.decorators import method_decorator

from web.logins import Login
from web.methods import only
from web.throttling import slower

takes_pages = only("GET", "HEAD", "POST")


class AdminSite(admin.AdminSite):
    """Django's, which would take any other method for a GET, and any number of passwords."""

    site_header = site_title = "Hindsight"
    index_title = "What stands behind the page"

    def get_urls(self) -> list[Any]:
        # "View on site" asks models for what ours do not have, and asks the wrong database.
        return [each for each in super().get_urls() if getattr(each, "name", "") != "view_on_site"]

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        return takes_pages(super().admin_view(view, cacheable))

    @method_decorator(takes_pages)
    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        if request.method != "POST":
            return super().login(request, extra_context)
        login = Login()
        if login.refused(request):
            return slower(request, login)
        response = super().login(request, extra_context)
        if response.status_code == 302:  # on to what they came for
            login.succeeded()
        return response
