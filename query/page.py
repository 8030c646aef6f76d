"""The page: server-rendered, from the query database alone."""

import secrets
from collections.abc import Iterable
from contextlib import suppress
from functools import lru_cache
from http import HTTPStatus
from uuid import UUID

from django.core.paginator import Page, Paginator
from django.db.models import Count, Q, Subquery
from django.http import Http404, HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views.decorators.cache import cache_control

from query.freshness import wait_for
from query.models import CommentView, PostView
from query.reads import ShownPost, show_comments, show_post, with_newest_comments
from web.methods import read_only
from web.origins import service_url
from web.readers import Reader

POSTS_PER_PAGE = 20
COMMENTS_PER_PAGE = 50
MAX_CACHED_ARTICLES = 100  # in each process: five pages
# Stands for the reader's own token; nobody can write it into a text.
CSRF_PLACEHOLDER = secrets.token_hex(32)
private_cache = cache_control(private=True, no_cache=True)


@read_only
@private_cache
def post_list(request: HttpRequest) -> HttpResponse:
    """Posts, newest first, each with its newest comments."""
    late = not _caught_up(request)
    page = Paginator(PostView.objects.all(), POSTS_PER_PAGE).get_page(request.GET.get("page"))
    posts = with_newest_comments(list(page.object_list), Reader(request))
    context = {"page": page, "articles": render_articles(posts, request), "late": late}
    return render(request, "query/post_list.html", context)


@read_only
@private_cache
def post_detail(request: HttpRequest, post_id: UUID) -> HttpResponse:
    """One post with a page of its comments; ``?comment=<uuid>`` shows the page with it."""
    late = not _caught_up(request)
    row = PostView.objects.filter(id=post_id).first()
    if row is None:
        if not late:
            raise Http404
        response = render(request, "query/not_yet.html", status=HTTPStatus.SERVICE_UNAVAILABLE)
        response.headers["Retry-After"] = "1"
        return response
    page = _page_of_comments(request, post_id)
    post = show_post(row)
    post.comments = show_comments(page.object_list, Reader(request))
    post.comment_count = page.paginator.count
    return render(request, "query/post_detail.html", {"post": post, "page": page, "late": late})


def render_articles(posts: Iterable[ShownPost], request: HttpRequest) -> list[str]:
    """The HTML of each post. What looks the same is rendered once, whoever reads it."""
    token, comments_url = get_token(request), service_url("comments", request)
    shown = [{**vars(post), "comments": tuple(post.comments)} for post in posts]
    return [_article(comments_url, **post).replace(CSRF_PLACEHOLDER, token) for post in shown]


@lru_cache(MAX_CACHED_ARTICLES)
def _article(comments_url: str, **post: object) -> str:
    context = {"post": post, "comments_url": comments_url, "csrf_token": CSRF_PLACEHOLDER}
    return render_to_string("query/_post.html", context)


def _page_of_comments(request: HttpRequest, post_id: UUID) -> Page[CommentView]:
    comments = CommentView.objects.filter(post_id=post_id)
    wanted = UUID(int=0)  # which nothing has
    with suppress(ValueError):
        wanted = UUID(request.GET.get("comment", ""))
    at = Subquery(comments.filter(id=wanted).values("created_at"))
    # One query counts all, and those up to the wanted one.
    upto = Q(created_at__lt=at) | Q(created_at=at, id__lte=wanted)
    counted = comments.aggregate(all=Count("*"), upto=Count("id", filter=upto))
    paginator = Paginator(comments, COMMENTS_PER_PAGE)
    paginator.count = counted["all"]
    if counted["upto"]:
        return paginator.get_page(-(-counted["upto"] // COMMENTS_PER_PAGE))
    return paginator.get_page(request.GET.get("page"))


def _caught_up(request: HttpRequest) -> bool:
    position = request.GET.get("min_position", "")
    return not position.isdecimal() or wait_for(int(position[:19]))
