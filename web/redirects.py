"""Back to the page after a form, to what was just written."""

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponseRedirect

from eventstore import correlation
from web.origins import service_url


def to_page(request: HttpRequest, path: str, fragment: str, **query: str) -> HttpResponseRedirect:
    """To the query service's ``path``, which waits until it knows what this request wrote."""
    scope = correlation.find()
    if scope and scope.position:
        query["min_position"] = str(scope.position)
    asked = f"?{urlencode(query)}" if query else ""
    return HttpResponseRedirect(f"{service_url('query', request)}{path}{asked}#{fragment}")
