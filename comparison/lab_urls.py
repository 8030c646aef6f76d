"""What the lab's web processes serve beside the blog: the monolith, the gateway, direct reads, and
the new service that gets its history.

The lists respond as the blog's query API does, through the same parts of the same framework, so
that no way is faster for having less of it.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit
from uuid import UUID

from django.urls import include, path
from rest_framework.generics import GenericAPIView
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param
from rest_framework.views import APIView

from comments.models import Comment
from comparison.history.new_service import control
from comparison.joined import newest
from comparison.models import Post as MonolithPost
from comparison.reads.ways import with_comments
from config.urls import handler400, handler403, handler404, handler500  # noqa: F401
from config.urls import urlpatterns as blog_urls
from lab.http import DELAY, QUERIES, REQUESTS, TIMEOUT, WAITED, CallFailed, Calls, Network
from posts.models import Post
from query.api import ShownPostSerializer
from query.reads import show_post
from query.shown import COMMENT, CommentValues, Counts, show_comments
from web.origins import service_url
from web.pagination import NewestFirst
from web.readers import Reader

network = Network()

PARALLEL_CALLS = 8  # what a web process of the blog responds to at once

Comments = Mapping[UUID, list[CommentValues]]  # by their post


class LabView(GenericAPIView[Any]):
    """A list of posts with their comments, for everyone."""

    permission_classes = (AllowAny,)
    pagination_class = NewestFirst
    serializer_class = ShownPostSerializer

    def get(self, request: Request) -> Response:
        posts = self.paginate_queryset(self.get_queryset()) or []
        rows, shown = self.comments(posts), []
        for post in posts:
            its = show_comments(rows[post.id], Reader(request))
            shown.append(show_post(post, Counts(**Counter(each.status for each in its)), its))
        return self.get_paginated_response(shown)

    def comments(self, posts: list[Any]) -> Comments:
        raise NotImplementedError


class MonolithJoin(APIView):
    """One statement that joins posts and comments."""

    permission_classes = (AllowAny,)

    def get(self, request: Request) -> Response:
        return newest(request)


class MonolithLoop(LabView):
    """The careless monolith: a query for the comments of each post (N + 1)."""

    queryset = MonolithPost.objects.all()

    def comments(self, posts: list[Any]) -> Comments:
        return {post.id: list(post.comments.values_list(*COMMENT)) for post in posts}


class Direct(LabView):
    """Both services' databases, read by a process that is neither of them."""

    queryset = Post.objects.all()

    def comments(self, posts: list[Any]) -> Comments:
        found = Comment.objects.filter(post_id__in=[post.id for post in posts])
        rows = defaultdict[UUID, list[CommentValues]](list)
        for post_id, *row in found.order_by("created_at", "id").values_list("post_id", *COMMENT):
            rows[post_id].append(tuple(row))
        return rows


class Gateway(APIView):
    """Between the browser and the services: calls posts for a list of posts, then comments. Any
    call that fails fails the page (502), as for every way."""

    permission_classes = (AllowAny,)
    calls_at_a_time = 0
    """A call for the comments of each post, so many at a time; 0: one call for all of them."""

    def get(self, request: Request) -> Response:
        delay, timeout = request.headers.get(DELAY, 0), request.headers.get(TIMEOUT, 30)
        calls = Calls(network, float(delay), float(timeout))
        try:
            response = Response(self._page(calls, request))
        except CallFailed as failed:
            response = Response({"detail": str(failed)}, HTTPStatus.BAD_GATEWAY)
        response[REQUESTS], response[QUERIES] = str(calls.requests), str(calls.queries)
        response[WAITED] = f"{calls.waited:.6f}"
        return response

    def _page(self, calls: Calls, request: Request) -> dict[str, Any]:
        passed_on = {key: request.GET[key] for key in ("limit", "cursor") if key in request.GET}
        page = calls.get(f"{service_url('posts', request)}/api/posts/?{urlencode(passed_on)}").data
        comments_url, next_ = service_url("comments", request), page["next"]
        posts = with_comments(calls, comments_url, page["results"], self.calls_at_a_time)
        if next_:  # as a link to the gateway's own next list
            [cursor] = parse_qs(urlsplit(next_).query)["cursor"]
            next_ = replace_query_param(request.build_absolute_uri(), "cursor", cursor)
        return {"next": next_, "results": posts}


LAB_URLS = [
    path("monolith/join/", MonolithJoin.as_view()),
    path("monolith/loop/", MonolithLoop.as_view()),
    path("gateway/sequential/", Gateway.as_view(calls_at_a_time=1)),
    path("gateway/parallel/", Gateway.as_view(calls_at_a_time=PARALLEL_CALLS)),
    path("gateway/batched/", Gateway.as_view()),
    path("direct/", Direct.as_view()),
    path("new-service/<str:action>/", control),
]

urlpatterns = [path("lab/", include(LAB_URLS)), *blog_urls]
