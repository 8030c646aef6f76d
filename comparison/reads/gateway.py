"""The process between the browser and the services: it asks them, and answers with what they said.

Any call that fails fails the page (502): half a page is none here, as it is for every way.
"""

from abc import abstractmethod
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from comparison.reads import per_post
from comparison.reads.serving import LabView
from comparison.reads.way import Posts, Takes, requests_for
from lab.network import (
    DELAY,
    PATIENCE,
    QUERIES,
    REQUESTS,
    WAITED,
    CallFailed,
    Calls,
    Network,
)
from web.origins import service_url

network = Network()
LIST = ("limit", "cursor")  # what is passed on to the list of posts


class Gateway(LabView):
    """Asks posts for a page of posts, then comments in the way of the subclass."""

    @abstractmethod
    def with_comments(self, calls: Calls, comments_url: str, posts: Posts) -> Posts:
        """Raises CallFailed."""

    def get(self, request: Request) -> Response:
        calls = network.calls(
            float(request.headers.get(DELAY, 0)), float(request.headers.get(PATIENCE, 30))
        )
        try:
            response = Response(self._page(calls, request))
        except CallFailed as failed:
            response = Response({"detail": str(failed)}, status=HTTPStatus.BAD_GATEWAY)
        response.headers[REQUESTS] = str(calls.requests)
        response.headers[QUERIES] = str(calls.queries)
        response.headers[WAITED] = f"{calls.waited:.6f}"
        return response

    def _page(self, calls: Calls, request: Request) -> dict[str, Any]:
        asked = {key: request.GET[key] for key in LIST if key in request.GET}
        url = f"{service_url('posts', request)}/api/posts/?{urlencode(asked)}"
        page = calls.get(url).data
        posts = self.with_comments(calls, service_url("comments", request), page["results"])
        return {"next": _next(page["next"], request), "results": posts}


def takes_one_by_one(posts: int) -> Takes:
    """What the browser would take, and the browser's own requests to the gateway."""
    calls = per_post.takes(posts)
    return Takes(calls.requests + requests_for(posts), calls.queries)


def _next(link: str | None, request: Request) -> str | None:
    """The posts service's link to its next page, as one of ours."""
    if link is None:
        return None
    [cursor] = parse_qs(urlsplit(link).query)["cursor"]
    return replace_query_param(request.build_absolute_uri(), "cursor", cursor)
