"""The blog for programs: Atom feeds of the posts and of a post's comments, and the sitemap.

They show what the public sees, whoever requests them. Each is validated by the read model's
version, as the API's responses are: a feed reader that comes every few minutes costs one query.
"""

import re
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import wraps
from typing import Any
from uuid import UUID
from xml.sax.saxutils import escape

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils.cache import get_conditional_response
from django.utils.feedgenerator import Atom1Feed
from django.utils.timezone import now
from django.views.decorators.cache import cache_control

from query.models import CommentView, PostView
from query.reads import find_by_slug
from query.remembered import checkpoint
from query.shown import path_of
from web import markdown
from web.front import remember
from web.methods import read_only
from web.origins import absolute_url
from web.readers import APPROVED

BLOG = "Hindsight"
POSTS_OF_FEED = 20
COMMENTS_OF_FEED = 50
POSTS_OF_SITEMAP = 5_000  # of one of its pages
SITEMAP = '<?xml version="1.0" encoding="utf-8"?>\n<{0} xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{1}</{0}>\n'
View = Callable[..., HttpResponse]


class Feed(Atom1Feed):
    """Django's, with the whole text as an entry's content."""

    def add_item_elements(self, handler: Any, item: dict[str, Any]) -> None:
        super().add_item_elements(handler, item)
        handler.addQuickElement("content", item["content"], {"type": "html"})


def conditional(view: View) -> Callable[..., HttpResponseBase]:
    """A decorator: 304 where the read model has not changed since the client's response."""

    @wraps(view)
    def respond(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        # Before the rows are read: a response may be newer than its version, and never older.
        state = checkpoint.state()
        if state is None:
            return view(request, *args, **kwargs)
        etag = f'"{state.version}"'
        # Its unit is a second: within that second there may be another change.
        is_over = state.at < now() - timedelta(seconds=2)
        modified = int(state.at.timestamp()) if is_over else None
        response = get_conditional_response(request, etag=etag, last_modified=modified)
        if response is None:
            response = view(request, *args, **kwargs)
        response.headers["ETag"] = etag
        if modified is not None:
            at = datetime.fromtimestamp(modified, UTC)
            response.headers["Last-Modified"] = f"{at:%a, %d %b %Y %H:%M:%S} GMT"
            remember(request, checkpoint, state.version)
        return response

    return read_only(cache_control(no_cache=True)(respond))


@conditional
def of_posts(request: HttpRequest) -> HttpResponse:
    """The newest posts."""
    feed = _feed(request, BLOG, reverse("query:post-list"), reverse("query:feed"))
    for post in PostView.objects.all()[:POSTS_OF_FEED]:
        path = path_of(post.id, post.slug)
        content = markdown.render(post.body, images=True)
        _add(request, feed, post, post.title, path, content)
    return _response(feed)


@conditional
def of_comments(request: HttpRequest, slug: str) -> HttpResponse:
    """The newest approved comments on a post."""
    post = _find(slug)
    path = path_of(post.id, post.slug)
    feed = _feed(request, f"Comments on {post.title}", path, f"{path}feed/")
    comments = CommentView.objects.filter(post_id=post.id, status=APPROVED)
    for comment in comments.order_by("-created_at", "-id")[:COMMENTS_OF_FEED]:
        link = f"{path}?comment={comment.id}#comment-{comment.id}"
        title = f"{comment.author} on {post.title}"
        _add(request, feed, comment, title, link, markdown.render(comment.content))
    return _response(feed)


@conditional
def sitemap(request: HttpRequest) -> HttpResponse:
    """The list of the sitemap's pages."""
    pages = max(1, -(-PostView.objects.count() // POSTS_OF_SITEMAP))
    paths = [reverse("query:sitemap-page", args=[number + 1]) for number in range(pages)]
    return _sitemap(request, "sitemapindex", "sitemap", paths)


@conditional
def sitemap_page(request: HttpRequest, number: int) -> HttpResponse:
    """Oldest first, so that a page that is full stays as it is."""
    end = min(number, 100_000) * POSTS_OF_SITEMAP
    rows = PostView.objects.order_by("created_at", "id").values_list("id", "slug")
    paths = [path_of(*row) for row in rows[end - POSTS_OF_SITEMAP : end]] if number else []
    if number == 1:
        paths.insert(0, reverse("query:post-list"))
    elif not paths:
        raise Http404
    return _sitemap(request, "urlset", "url", paths)


def _find(slug: str) -> PostView:
    """Of a post without a slug, its id. Raises Http404."""
    post = find_by_slug(slug)
    if post is None:
        with suppress(ValueError):
            post = PostView.objects.filter(id=UUID(slug)).first()
    if post is None:
        raise Http404
    return post


def _feed(request: HttpRequest, title: str, page: str, own: str) -> Feed:
    feed_url = absolute_url(request, own)
    return Feed(
        title=_xml(title),
        link=absolute_url(request, page),
        description="",
        author_name=BLOG,
        feed_url=feed_url,
        feed_guid=feed_url,
        language="en",
    )


def _add(
    request: HttpRequest, feed: Feed, row: PostView | CommentView, title: str, path: str, html: str
) -> None:
    feed.add_item(
        title=_xml(title),
        link=absolute_url(request, path),
        description=None,  # type: ignore[arg-type]  # content has all of it
        author_name=_xml(row.author) or None,
        unique_id=row.id.urn,
        pubdate=row.created_at,
        updateddate=row.created_at,
        content=_xml(html),
    )


def _response(feed: Feed) -> HttpResponse:
    response = HttpResponse(content_type=feed.content_type)
    feed.write(response, "utf-8")
    return response


def _sitemap(request: HttpRequest, root: str, element: str, paths: list[str]) -> HttpResponse:
    urls = (escape(absolute_url(request, path)) for path in paths)
    entries = "".join(f"<{element}><loc>{url}</loc></{element}>" for url in urls)
    return HttpResponse(SITEMAP.format(root, entries), content_type="application/xml")


def _xml(text: str) -> str:
    """Without the characters that no XML has: an event may come from elsewhere."""
    return _NOT_XML.sub("", text)


_NOT_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
