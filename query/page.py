"""The page: server-rendered, from the query database alone."""

from collections.abc import Iterable
from contextlib import suppress
from functools import lru_cache
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views.decorators.cache import cache_control
from msgspec.structs import asdict

from query.former import redirect_by_number
from query.freshness import wait_for
from query.models import PostView
from query.reads import POSTS, CommentOnPage, counts_of, find_by_slug, show_post, with_newest_listed
from query.remembered import remembered_page
from query.search import MAX_SEARCHED, search, words_of
from query.shown import ShownComment, ShownPost, path_of
from query.threads import page_of_threads
from web.methods import read_only, shows_images
from web.origins import absolute_url
from web.readers import Reader, name_of_author

POSTS_PER_PAGE = 20
COMMENTS_OF_LISTED = 2  # with each post of the list
MAX_CACHED_ARTICLES = 100  # in each process: five pages
private_cache = cache_control(private=True, no_cache=True)


@read_only
@private_cache
@remembered_page
def post_list(request: HttpRequest) -> HttpResponse:
    """Posts, newest first, each with its beginning and its newest comments. With ``?q=``, those
    that have these words."""
    if moved := redirect_by_number(request):
        return moved
    late = not _caught_up(request)
    words = words_of(request.GET.get("q", ""))
    found = search(words) if words else None
    every: Any = found.ids if found else POSTS.all()
    page = Paginator(every, POSTS_PER_PAGE).get_page(request.GET.get("page"))
    rows = POSTS.filter(id__in=page.object_list) if found else page.object_list
    reader, query = Reader(request), " ".join(words)
    posts = with_newest_listed(list(rows), reader, COMMENTS_OF_LISTED)
    context = {
        "page": page,
        "articles": render_articles(posts),
        "is_awaited": any(_is_awaited(post.comments) for post in posts),
        "late": late,
        "q": query,
        "query": f"{urlencode({'q': query})}&" if query else "",
        "found": found,
        "max_searched": MAX_SEARCHED,
        "reader": reader,
        "may_post": reader.may_post,
        "hints": settings.TYPED if settings.LOOPBACK_ONLY or reader.is_staff else None,
        "name": name_of_author(request) if reader.may_post else "",
        "url": absolute_url(request, request.path),
    }
    return render(request, "query/post_list.html", context)


@shows_images
@read_only
@private_cache
@remembered_page
def post_detail(request: HttpRequest, slug: str) -> HttpResponse:
    """One post with a page of its comments; ``?comment=<uuid>`` shows the page with it, and
    ``?reply=<uuid>`` that page with a form to reply to it."""
    late = not _caught_up(request)
    return _post_page(request, find_by_slug(slug), late=late)


@shows_images
@read_only
@private_cache
@remembered_page
def post_by_id(request: HttpRequest, post_id: UUID) -> HttpResponse:
    """The way to ``post_detail`` for who does not know its slug. While the read model is behind
    what this reader wrote, the page itself: the next one would have to wait again."""
    late = not _caught_up(request)
    row = POSTS.filter(id=post_id).first()
    if row and row.slug and not late:
        query = f"?{request.GET.urlencode()}" if request.GET else ""
        return HttpResponsePermanentRedirect(f"{path_of(row.id, row.slug)}{query}")
    return _post_page(request, row, late=late)


def render_articles(posts: Iterable[ShownPost]) -> list[str]:
    """The HTML of each post of a list. What looks the same is rendered once, whoever reads it."""
    return [
        _article(**{**asdict(post), "comments": tuple(post.comments), "path": post.path})
        for post in posts
    ]


@lru_cache(MAX_CACHED_ARTICLES)
def _article(**post: object) -> str:
    return render_to_string("query/_post.html", {"post": post})


def _post_page(request: HttpRequest, row: PostView | None, *, late: bool) -> HttpResponse:
    if row is None:
        if not late:
            raise Http404
        response = render(request, "query/not_yet.html", status=HTTPStatus.SERVICE_UNAVAILABLE)
        response.headers["Retry-After"] = "1"
        return response
    replying = _uuid(request, "reply")
    wanted = replying or _uuid(request, "comment")
    reader = Reader(request)
    shown = page_of_threads(row, reader, request.GET.get("page"), wanted)
    post = show_post(row, counts_of(row))
    context = {
        "post": post,
        "page": shown.page,
        "threads": shown.threads,
        "late": late,
        "replying": replying,
        "is_awaited": _is_awaited(shown.comments),
        "reader": reader,
        "url": absolute_url(request, post.path),
    }
    return render(request, "query/post_detail.html", context)


def _is_awaited(comments: Iterable[ShownComment]) -> bool:
    """Whether the reader awaits the decision on a comment that they sent."""
    return any(isinstance(each, CommentOnPage) and each.is_awaited for each in comments)


def _uuid(request: HttpRequest, name: str) -> UUID | None:
    with suppress(ValueError):
        return UUID(request.GET.get(name, ""))
    return None


def _caught_up(request: HttpRequest) -> bool:
    position = request.GET.get("min_position", "")
    return not position.isdecimal() or wait_for(int(position[:19]))
