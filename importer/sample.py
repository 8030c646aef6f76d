"""Fills an empty blog with the posts and comments of ``sample.toml``, so that it can be tried out.

It goes through the services, as an import does: every event is published. Each post and comment
has the same id in every run, and is written once: a second run adds nothing, and finishes one that
was interrupted. What was deleted or decided on since stays so.
"""

import tomllib
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from django.db import transaction
from django.utils.timezone import now

from comments.models import Comment
from comments.services import create_comment
from moderation.models import IMPORT, Review
from moderation.services import decide, record_import
from posts.models import Post
from posts.services import create_post
from query.models import consumer as log

FILE = Path(__file__).with_name("sample.toml")
SAMPLE = uuid5(NAMESPACE_URL, "https://hindsight.example/sample/")
RULES = "rules"  # the status of a comment that moderation's rules decide on


class NotEmpty(Exception):
    """The blog has posts that are not of the sample."""


@dataclass
class SampleComment:
    """As the file has it; its times and ids are computed."""

    post: "SamplePost"
    number: int
    after: float
    author: str
    text: str
    to: int | None = None
    status: str = "approved"
    by: str = ""
    reason: str = ""

    @property
    def id(self) -> UUID:
        return self.post.comment_id(self.number)

    @property
    def is_of_person(self) -> bool:
        return bool(self.by)


@dataclass
class SamplePost:
    key: str
    title: str
    author: str
    days: float
    body: str
    rows: list[dict[str, Any]]

    @property
    def id(self) -> UUID:
        return uuid5(SAMPLE, self.key)

    def comment_id(self, number: int) -> UUID:
        return uuid5(SAMPLE, f"{self.key} {number}")

    @cached_property
    def comments(self) -> list[SampleComment]:
        return [SampleComment(self, number, **row) for number, row in enumerate(self.rows, 1)]


def posts_of_sample() -> list[SamplePost]:
    """As they stand in the file."""
    tables = tomllib.loads(FILE.read_text(encoding="utf-8"))["posts"]
    return [SamplePost(rows=each.pop("comments"), **each) for each in tables]


def load_sample() -> tuple[int, int]:
    """Returns how many posts and comments were written. Raises NotEmpty, and what the services
    raise."""
    sample = posts_of_sample()
    ids = {post.id for post in sample}
    if Post.objects.exclude(id__in=ids).exists():
        raise NotEmpty
    end = _end(sample)
    with transaction.atomic(using="posts"):
        posts = [each for each in sample if _is_new(Post, each.id)]
        for post in reversed(posts):
            at = end - timedelta(days=post.days)
            create_post(post.title, post.body, author=post.author, post_id=post.id, created_at=at)
    there = set(Post.objects.filter(id__in=ids).values_list("id", flat=True))
    comments = [each for post in sample if post.id in there for each in post.comments]
    fresh = [each for each in comments if _is_new(Comment, each.id)]
    fresh.sort(key=lambda comment: _time(end, comment))
    with transaction.atomic(using="moderation"):  # first, so that no rule decides on these
        for comment in fresh:
            if comment.status != RULES:
                status = "pending" if comment.is_of_person else comment.status
                about = (comment.post.id, comment.author, comment.text, _time(end, comment))
                record_import(comment.id, *about, status)
    with transaction.atomic(using="comments"):
        for comment in fresh:
            create_comment(
                comment.post.id,
                comment.author,
                comment.text,
                comment_id=comment.id,
                created_at=_time(end, comment),
                parent_id=comment.post.comment_id(comment.to) if comment.to else None,
            )
    _decide([each for each in comments if each.is_of_person])
    return len(posts), len(fresh)


def _decide(comments: list[SampleComment]) -> None:
    """As far as nobody has decided on them yet."""
    waiting = Review.objects.filter(status="pending", decided_by=IMPORT)
    keys = {each.id for each in comments}
    found = set(waiting.filter(comment_id__in=keys).values_list("comment_id", flat=True))
    with transaction.atomic(using="moderation"):
        for each in comments:
            if each.id in found:
                decide(each.id, each.status, decided_by=each.by, reason=each.reason)


def _is_new(model: type[Post] | type[Comment], id_: UUID) -> bool:
    """Neither here, nor here before."""
    return not model._default_manager.filter(pk=id_).exists() and not log.types_about(id_)


def _end(sample: list[SamplePost]) -> datetime:
    """When the sample was loaded first: all its times are counted back from then."""
    created = dict(Post.objects.values_list("id", "created_at"))
    for post in sample:
        if at := created.get(post.id):
            return at + timedelta(days=post.days)
    return now()


def _time(end: datetime, comment: SampleComment) -> datetime:
    return end - timedelta(days=comment.post.days, hours=-comment.after)
