"""The lab's own web pages: what the monolith, the gateway and the reader of both databases serve.

They respond as the blog's query API does, through the same parts of the same framework, so that no
way is faster for having less of it.
"""

from abc import abstractmethod
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from rest_framework import serializers
from rest_framework.generics import GenericAPIView
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from comments.models import Comment
from comparison import joined
from comparison.models import Post as MonolithPost
from comparison.reads.ways import (
    LIMIT,
    Posts,
    with_comments_in_one_batch,
    with_comments_one_by_one,
)
from lab.network import DELAY, QUERIES, REQUESTS, TIMEOUT, WAITED, CallFailed, Calls, Network
from posts.models import Post
from query.api import ShownPostSerializer
from query.reads import ShownComment, ShownPost, show_comments
from web.api import validated_query
from web.origins import service_url
from web.pagination import NewestFirst
from web.readers import Reader

PARALLEL_CALLS = 8  # what a web process of the blog responds to at once
network = Network()


class LabView(GenericAPIView[Any]):
    """A list of posts with their comments, for everyone."""

    permission_classes = (AllowAny,)
    pagination_class = NewestFirst
    serializer_class = ShownPostSerializer

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        self.reader = Reader(request)

    def shown(self, posts: list[ShownPost]) -> Any:
        for post in posts:
            post.comment_count = len(post.comments)
        return self.get_serializer(posts, many=True).data

    def page(self, posts: list[ShownPost]) -> Response:
        """The response, after ``paginate_queryset``."""
        return self.get_paginated_response(self.shown(posts))


class JoinQuery(serializers.Serializer[Any]):
    limit = serializers.IntegerField(min_value=1, max_value=LIMIT, default=LIMIT)
    before = serializers.DateTimeField(required=False)


class MonolithJoin(LabView):
    """One statement that joins posts and comments. ``?limit=&before=``: the next list begins
    before the last post of this one."""

    def get(self, request: Request) -> Response:
        wanted = validated_query(request, JoinQuery)
        rows = joined.newest(wanted["limit"], wanted.get("before"))
        posts = [self._post(row) for row in rows]
        next_ = None
        if len(posts) == wanted["limit"]:
            before = posts[-1].created_at.isoformat()
            next_ = replace_query_param(request.build_absolute_uri(), "before", before)
        return Response({"next": next_, "results": self.shown(posts)})

    def _post(self, row: joined.JoinedPost) -> ShownPost:
        post = ShownPost(*row.post)
        for id, author, content, status, created_at in row.comments:
            content = content if self.reader.may_read(id, status) else ""
            post.comments.append(ShownComment(id, author, content, status, created_at))
        return post


class MonolithLoop(LabView):
    """The careless monolith: a query for the comments of each post (N + 1)."""

    queryset = MonolithPost.objects.all()

    def get(self, request: Request) -> Response:
        shown = []
        for post in self.paginate_queryset(self.get_queryset()) or []:
            entry = ShownPost(post.id, post.title, post.body, post.author, post.created_at)
            entry.comments = show_comments(post.comments.all(), self.reader)
            shown.append(entry)
        return self.page(shown)


class Direct(LabView):
    """Both services' databases, read by a process that is neither of them."""

    queryset = Post.objects.all()

    def get(self, request: Request) -> Response:
        posts = self.paginate_queryset(self.get_queryset()) or []
        shown = {
            post.id: ShownPost(post.id, post.title, post.body, post.author, post.created_at)
            for post in posts
        }
        comments = Comment.objects.filter(post_id__in=list(shown)).order_by("created_at", "id")
        for each in comments:
            content = each.content if self.reader.may_read(each.id, each.status) else ""
            comment = ShownComment(each.id, each.author, content, each.status, each.created_at)
            shown[each.post_id].comments.append(comment)
        return self.page(list(shown.values()))


class Gateway(LabView):
    """Between the browser and the services: calls posts for a list of posts, then comments in the
    way of the subclass. Any call that fails fails the page (502), as for every way."""

    @abstractmethod
    def with_comments(self, calls: Calls, comments_url: str, posts: Posts) -> Posts:
        """Raises CallFailed."""

    def get(self, request: Request) -> Response:
        calls = network.calls(
            float(request.headers.get(DELAY, 0)), float(request.headers.get(TIMEOUT, 30))
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
        passed_on = {key: request.GET[key] for key in ("limit", "cursor") if key in request.GET}
        url = f"{service_url('posts', request)}/api/posts/?{urlencode(passed_on)}"
        page = calls.get(url).data
        posts = self.with_comments(calls, service_url("comments", request), page["results"])
        return {"next": _next(page["next"], request), "results": posts}


class GatewaySequential(Gateway):
    def with_comments(self, calls: Calls, comments_url: str, posts: Posts) -> Posts:
        return with_comments_one_by_one(calls, comments_url, posts, 1)


class GatewayParallel(Gateway):
    def with_comments(self, calls: Calls, comments_url: str, posts: Posts) -> Posts:
        return with_comments_one_by_one(calls, comments_url, posts, PARALLEL_CALLS)


class GatewayBatched(Gateway):
    def with_comments(self, calls: Calls, comments_url: str, posts: Posts) -> Posts:
        return with_comments_in_one_batch(calls, comments_url, posts)


def _next(link: str | None, request: Request) -> str | None:
    """The posts service's link to its next list, as one of ours."""
    if link is None:
        return None
    [cursor] = parse_qs(urlsplit(link).query)["cursor"]
    return replace_query_param(request.build_absolute_uri(), "cursor", cursor)
