"""Imports an export through the services' own functions, so that every event is published.

A post or comment has the same id in every run, derived from its id in WordPress. A step that is
done already is skipped: a second run adds nothing, and a run that was interrupted is finished by
the next. What was deleted here since stays deleted. Drafts and their like stay out: what was not
public there must not become so here.
"""

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import islice
from typing import NamedTuple
from uuid import NAMESPACE_URL, UUID, uuid5

from django.db import transaction
from django.utils.timezone import now

from comments.models import Comment
from comments.services import ANONYMOUS, create_comment
from eventstore.contracts import CommentDeleted, PostDeleted
from importer.summary import Summary
from importer.texts import Texts
from importer.wxr import Export, WxrComment, WxrItem
from moderation.services import record_import
from posts.models import Post
from posts.services import create_post
from query.models import consumer as log

BATCH = 100
"""Posts and comments in one transaction. Others write to these databases too: they wait for one."""

WORDPRESS = uuid5(NAMESPACE_URL, "https://wordpress.org/export/")
KINDS_OF_COMMENT = {"", "comment", "pingback", "trackback"}
STATUSES = {
    "1": "approved",
    "0": "pending",
    "spam": "rejected",
    "trash": "rejected",
    "post-trashed": "rejected",
}
NAMES = {"nav_menu_item": "menu item", "": "of no kind"}


def import_export(export: Export, advance: Callable[[], None]) -> Summary:
    """Imports everything; `advance` is called after each item. Raises what the services raise,
    and WxrError if the file is changed meanwhile."""
    running = _Import(export)
    steps = running.steps(advance)
    while batch := list(islice(steps, BATCH)):
        running.execute(batch)
    return running.summary


class NewPost(NamedTuple):
    id: UUID
    item: WxrItem


class NewComment(NamedTuple):
    id: UUID
    post_id: UUID
    author: str
    content: str
    created_at: datetime
    status: str


class _Import:
    def __init__(self, export: Export) -> None:
        self._export = export
        self._texts = Texts()
        self._seen: set[UUID] = set()
        self.summary = Summary(cut=self._texts.cut)

    def steps(self, advance: Callable[[], None]) -> Iterator[NewPost | NewComment]:
        """What is left to do, each post before its comments; the rest is counted."""
        for item in self._export.items():
            yield from self._of_item(item)
            advance()

    def execute(self, steps: list[NewPost | NewComment]) -> None:
        """One transaction in each service, in this order: comments must find their posts, and a
        comment's event the imported decision, so that no rule makes another."""
        comments = [step for step in steps if isinstance(step, NewComment)]
        with transaction.atomic(using="posts"):
            for step in steps:
                if isinstance(step, NewPost):
                    self._create_post(step)
        with transaction.atomic(using="moderation"):
            reviews = [record_import(*comment) for comment in comments]
        with transaction.atomic(using="comments"):
            for comment, review in zip(comments, reviews, strict=True):
                # A comment without a date has that of the first run that imported it.
                self._create_comment(comment, review.created_at)

    def _of_item(self, item: WxrItem) -> Iterator[NewPost | NewComment]:
        post_id = self._id("post", item.wp_id or item.guid)
        if reason := reason_to_skip_post(item) or self._reason_to_skip(post_id):
            self.summary.skipped[reason] += 1
            if item.comments:
                self.summary.comments_skipped["on what was skipped"] += len(item.comments)
            return
        if Post.objects.filter(id=post_id).exists():
            self.summary.posts_there += 1
        else:
            yield NewPost(post_id, item)
        for number, comment in enumerate(item.comments):
            comment_id = self._id("comment", comment.wp_id or f"{number} on {post_id}")
            date = comment.created_at or item.created_at or now()
            yield from self._of_comment(comment, comment_id, post_id, date)

    def _of_comment(
        self, comment: WxrComment, comment_id: UUID, post_id: UUID, date: datetime
    ) -> Iterator[NewComment]:
        reason = reason_to_skip_comment(comment) or self._reason_to_skip(comment_id)
        if reason is None and Comment.objects.filter(id=comment_id).exists():
            self.summary.comments_there += 1
            return
        content = self._texts.content(comment)
        if reason is not None or not content:
            self.summary.comments_skipped[reason or "without text"] += 1
            return
        author = self._texts.author(comment) or ANONYMOUS
        yield NewComment(comment_id, post_id, author, content, date, status_of(comment))

    def _create_post(self, new: NewPost) -> None:
        create_post(
            self._texts.title(new.item),
            self._texts.body(new.item),
            author=self._texts.author(new.item),
            post_id=new.id,
            created_at=new.item.created_at,
        )
        self.summary.posts += 1

    def _create_comment(self, new: NewComment, created_at: datetime) -> None:
        create_comment(
            new.post_id, new.author, new.content, comment_id=new.id, created_at=created_at
        )
        self.summary.comments[new.status] += 1

    def _reason_to_skip(self, found: UUID) -> str | None:
        if found in self._seen:
            return "with the id of another"
        self._seen.add(found)
        return "deleted here" if was_deleted(found) else None

    def _id(self, kind: str, number: str) -> UUID:
        return uuid5(WORDPRESS, f"{self._export.site} {kind} {number}")


def was_deleted(subject: UUID) -> bool:
    """Whether the event log has the deletion of this post or comment."""
    return any(
        isinstance(event, PostDeleted | CommentDeleted) for event in log.events_about(subject)
    )


def reason_to_skip_post(item: WxrItem) -> str | None:
    """The reason to skip an item, such as "page" or "draft"; None for a published post."""
    if item.kind != "post":
        return NAMES.get(item.kind, _word(item.kind))
    if item.status != "publish":
        return _word(item.status) or "of no status"
    if item.has_password:
        return "password-protected"
    if not (item.wp_id or item.guid):
        return "without an id"
    return None


def reason_to_skip_comment(comment: WxrComment) -> str | None:
    """The reason to skip a comment; None for what readers wrote, pingbacks and trackbacks included.
    Editors' notes on a draft, and orders' in a shop, are stored as comments too."""
    return None if comment.kind in KINDS_OF_COMMENT else _word(comment.kind)


def status_of(comment: WxrComment) -> str:
    """Our word for it. What awaits moderation there, or has an unknown status, is "pending": a
    person decides."""
    return STATUSES.get(comment.approved, "pending")


def _word(name: str) -> str:
    """A name from the file, safe to print on a terminal."""
    return re.sub(r"[^\w-]", "?", name)[:30]
