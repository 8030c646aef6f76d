"""The page: server-rendered, from the query database alone."""

from http import HTTPStatus
from uuid import UUID

from django.core.paginator import Page, Paginator
from django.db.models import Count, Q, Subquery
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import cache_control

from query.articles import articles
from query.freshness import wait_for
from query.models import CommentView, PostView
from query.reads import show_comments, show_post, with_newest_comments
from web.methods import read_only
from web.readers import Reader

POSTS = 20
COMMENTS = 50
own_to_each_reader = cache_control(private=True, no_cache=True)


@read_only
@own_to_each_reader
def post_list(request: HttpRequest) -> HttpResponse:
    """Posts, newest first, each with its newest comments."""
    late = not _caught_up(request)
    page = Paginator(PostView.objects.all(), POSTS).get_page(request.GET.get("page"))
    posts = with_newest_comments(list(page.object_list), Reader(request))
    context = {"page": page, "articles": articles(posts, request), "late": late}
    return render(request, "query/post_list.html", context)


@read_only
@own_to_each_reader
def post_detail(request: HttpRequest, post_id: UUID) -> HttpResponse:
    """One post with a page of its comments; ``?comment=<uuid>`` takes the page that has it."""
    late = not _caught_up(request)
    row = PostView.objects.filter(id=post_id).first()
    if row is None:
        if late:
            return _not_yet(request)
        raise Http404
    page = _page_of_comments(request, post_id)
    post = show_post(row)
    post.comments = show_comments(page.object_list, Reader(request))
    post.comment_count = page.paginator.count
    return render(request, "query/post_detail.html", {"post": post, "page": page, "late": late})


def _page_of_comments(request: HttpRequest, post_id: UUID) -> Page[CommentView]:
    comments = CommentView.objects.filter(post_id=post_id)
    wanted = _uuid(request.GET.get("comment", ""))
    at = Subquery(comments.filter(id=wanted).values("created_at"))
    # One query says how many there are and how many come up to the wanted one.
    upto = Q(created_at__lt=at) | Q(created_at=at, id__lte=wanted)
    counted = comments.aggregate(all=Count("*"), upto=Count("id", filter=upto))
    paginator = Paginator(comments, COMMENTS)
    paginator.count = counted["all"]
    if counted["upto"]:
        return paginator.get_page(-(-counted["upto"] // COMMENTS))
    return paginator.get_page(request.GET.get("page"))


def _caught_up(request: HttpRequest) -> bool:
    position = request.GET.get("min_position", "")
    return not position.isdecimal() or wait_for(int(position[:19]))


def _not_yet(request: HttpRequest) -> HttpResponse:
    response = render(request, "query/not_yet.html", status=HTTPStatus.SERVICE_UNAVAILABLE)
    response.headers["Retry-After"] = "1"
    return response


def _uuid(text: str) -> UUID:
    """The nil UUID, which nothing has, where the text is none."""
    try:
        return UUID(text)
    except ValueError:
        return UUID(int=0)
