"""Imports an export through the services' own functions, so that every event is published.

A post or comment has the same id in every run, derived from its id in WordPress. A step that is
done already is skipped: a second run adds nothing, and a run that was interrupted is finished by
the next. What was deleted here since stays deleted. Drafts and their like stay out: what was not
public there must not become so here.
"""

import re
from collections import Counter
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
from importer.plaintext import is_blank, one_line, plain_text, without_shortcodes
from importer.wxr import Export, WxrItem
from moderation.services import record_import
from posts.models import Post
from posts.services import create_post
from query.models import consumer as log

BATCH = 100
"""Posts and comments in one transaction. Others write to these databases too: they wait for one."""

WORDPRESS = uuid5(NAMESPACE_URL, "https://wordpress.org/export/")
# What readers wrote. Editors' notes on a draft, and orders in a shop, are stored as comments too.
KINDS_OF_COMMENT = {"", "comment", "pingback", "trackback"}
# What awaits moderation there, or has an unknown status, is "pending": a person decides.
STATUSES = {"1": "approved", "spam": "rejected", "trash": "rejected", "post-trashed": "rejected"}
NAMES = {"nav_menu_item": "menu item", "": "of no kind"}
MAX_TITLE, MAX_BODY, MAX_AUTHOR, MAX_CONTENT = 200, 20_000, 80, 5_000  # characters
NO_TITLE, NO_TEXT = "(no title)", "(no text)"


class NewPost(NamedTuple):
    id: UUID
    title: str
    body: str
    author: str
    created_at: datetime | None


class NewComment(NamedTuple):
    id: UUID
    post_id: UUID
    author: str
    content: str
    created_at: datetime
    status: str


def import_export(export: Export, advance: Callable[[], None]) -> Counter[tuple[str, str]]:
    """Imports everything; `advance` is called after each item. Returns how many there are of each
    kind of result, with its reason or status. Raises what the services raise, and WxrError if the
    file is changed meanwhile."""
    running = _Import(export)
    steps = running.steps(advance)
    while batch := list(islice(steps, BATCH)):
        execute(batch)
    return running.counts


def execute(steps: list[NewPost | NewComment]) -> None:
    """One transaction in each service, in this order: comments must find their posts, and a
    comment's event the imported decision, so that no rule makes another."""
    comments = [step for step in steps if isinstance(step, NewComment)]
    with transaction.atomic(using="posts"):
        for step in steps:
            if isinstance(step, NewPost):
                id_, title, body, author, created_at = step
                create_post(title, body, author=author, post_id=id_, created_at=created_at)
    with transaction.atomic(using="moderation"):
        reviews = [record_import(*comment) for comment in comments]
    with transaction.atomic(using="comments"):
        for (id_, post_id, author, content, *_), review in zip(comments, reviews, strict=True):
            # A comment without a date has that of the first run that imported it.
            date = review.created_at
            create_comment(post_id, author, content, comment_id=id_, created_at=date)


class _Import:
    def __init__(self, export: Export) -> None:
        self._export = export
        self._seen: set[UUID] = set()
        self.counts = Counter({("posts imported", ""): 0, ("comments imported", ""): 0})

    def steps(self, advance: Callable[[], None]) -> Iterator[NewPost | NewComment]:
        """What is left to do, each post before its comments; the rest is counted."""
        for item in self._export.items():
            post_id = self._id("post", item.wp_id or item.guid)
            if reason := reason_to_skip(item) or self._reason_to_skip(post_id):
                self.counts["items skipped", reason] += 1
                if item.comments:
                    self.counts["comments skipped", "on what was skipped"] += len(item.comments)
            else:
                yield from self._post(item, post_id)
                yield from self._comments(item, post_id)
            advance()

    def _post(self, item: WxrItem, post_id: UUID) -> Iterator[NewPost]:
        if Post.objects.filter(id=post_id).exists():
            self.counts["posts already there", ""] += 1
            return
        self.counts["posts imported", ""] += 1
        title = self._visible(one_line(item.title), "post titles", MAX_TITLE) or NO_TITLE
        text = plain_text(without_shortcodes(item.content))
        body = self._visible(text, "post texts", MAX_BODY) or NO_TEXT
        yield NewPost(post_id, title, body, self._author(item.author), item.created_at)

    def _comments(self, item: WxrItem, post_id: UUID) -> Iterator[NewComment]:
        for number, comment in enumerate(item.comments):
            id_ = self._id("comment", comment.wp_id or f"{number} on {post_id}")
            if comment.kind not in KINDS_OF_COMMENT:
                reason = _word(comment.kind)
            else:
                reason = self._reason_to_skip(id_)
            if not reason and Comment.objects.filter(id=id_).exists():
                self.counts["comments already there", ""] += 1
                continue
            content = self._visible(plain_text(comment.content), "comment texts", MAX_CONTENT)
            if reason or not content:
                self.counts["comments skipped", reason or "without text"] += 1
                continue
            author = self._author(comment.author) or ANONYMOUS
            date = comment.created_at or item.created_at or now()
            status = STATUSES.get(comment.approved, "pending")
            self.counts["comments imported", ""] += 1
            self.counts["  of these", status] += 1
            yield NewComment(id_, post_id, author, content, date, status)

    def _author(self, name: str) -> str:
        return self._visible(one_line(name), "authors' names", MAX_AUTHOR)

    def _visible(self, text: str, name: str, limit: int) -> str:
        """The text, cut to its limit, which is counted; empty where nothing in it is visible."""
        if is_blank(text):
            return ""
        if len(text) <= limit:
            return text
        self.counts["cut to their limit", name] += 1
        return text[: limit - 1].rstrip() + "…"

    def _reason_to_skip(self, id_: UUID) -> str:
        if id_ in self._seen:
            return "with the id of another"
        self._seen.add(id_)
        deleted = any(isinstance(e, PostDeleted | CommentDeleted) for e in log.events_about(id_))
        return "deleted here" if deleted else ""

    def _id(self, kind: str, number: str) -> UUID:
        return uuid5(WORDPRESS, f"{self._export.site} {kind} {number}")


def reason_to_skip(item: WxrItem) -> str:
    """Such as "page" or "draft"; empty for a published post."""
    if item.kind != "post":
        return NAMES.get(item.kind, _word(item.kind))
    if item.status != "publish":
        return _word(item.status) or "of no status"
    if item.has_password:
        return "password-protected"
    return "" if item.wp_id or item.guid else "without an id"


def _word(name: str) -> str:
    """A name from the file, safe to print on a terminal."""
    return re.sub(r"[^\w-]", "?", name)[:30]
