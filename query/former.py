"""Where posts were in the blog that they were imported from: their old addresses lead to them."""

from typing import Any

from django.db import Error
from django.http import HttpRequest, HttpResponsePermanentRedirect
from django.utils.deprecation import MiddlewareMixin

from query.models import PostView
from query.shown import path_of
from web.errors import is_outage, unavailable

MAX_LENGTH = 400  # of a former path
NUMBERS = ("p", "page_id")  # in WordPress's addresses by number, as in "/?p=123"
OURS = ("/api/", "/admin/", "/static/")


class FormerAddresses(MiddlewareMixin):
    """Redirects what would be 404, if a post was there. It goes to our own address of that post,
    and nowhere else, whatever the export contains."""

    def process_response(self, request: HttpRequest, response: Any) -> Any:
        if response.status_code != 404 or request.method not in ("GET", "HEAD"):
            return response
        if request.path_info.startswith(OURS):
            return response
        try:
            return redirect_from(request.path_info) or response
        except Error as error:
            if not is_outage(error):
                raise
            return unavailable(request, error)


def redirect_by_number(request: HttpRequest) -> HttpResponsePermanentRedirect | None:
    """For the list's address with a number in its query, as WordPress has for each post."""
    for name in NUMBERS:
        number = request.GET.get(name, "")
        if number.isdecimal() and (found := redirect_from(f"/?{name}={number}")):
            return found
    return None


def redirect_from(former: str) -> HttpResponsePermanentRedirect | None:
    """To the post that was at this path, with or without a slash at its end; one query."""
    path = former.rstrip("/")
    if not path or len(path) >= MAX_LENGTH or not path.isprintable():
        return None
    posts = PostView.objects.filter(former_path__in=[path, f"{path}/"])
    found = posts.values_list("id", "slug").first()
    return HttpResponsePermanentRedirect(path_of(*found)) if found else None
