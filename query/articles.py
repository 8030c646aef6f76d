"""The posts of a list as HTML. What looks the same is rendered once, whoever reads it: a page of
the list then costs its queries, and the posts that have changed."""

import secrets
from collections.abc import Iterable
from functools import lru_cache

from django.http import HttpRequest
from django.middleware.csrf import get_token
from django.template.loader import render_to_string

from query.reads import ShownComment, ShownPost
from web.origins import service_url

KEPT = 100  # articles in each process: five pages
_TOKEN = secrets.token_hex(32)  # stands for the reader's own; nobody can write it into a text


def articles(posts: Iterable[ShownPost], request: HttpRequest) -> list[str]:
    """The HTML of each post, its forms with the token of the reader who asks."""
    token, comments_url = get_token(request), service_url("comments", request)
    return [
        _article(
            comments_url,
            tuple(post.comments),
            id=post.id,
            title=post.title,
            body=post.body,
            author=post.author,
            created_at=post.created_at,
            comment_count=post.comment_count,
        ).replace(_TOKEN, token)
        for post in posts
    ]


@lru_cache(KEPT)
def _article(comments_url: str, comments: tuple[ShownComment, ...], **post: object) -> str:
    context = {
        "post": {**post, "comments": comments},
        "comments_url": comments_url,
        "csrf_token": _TOKEN,
    }
    return render_to_string("query/_post.html", context)
