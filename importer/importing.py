"""Imports an export through the services' own functions, so that every event is published.

A post or comment has the same id in every run (`importer.identities`). A step that is done
already is skipped: a second run adds nothing, and a run that was interrupted is finished by
the next. What was deleted here since stays deleted. Drafts and their like stay out: what was not
public there must not become so here.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import islice
from typing import NamedTuple
from urllib.parse import parse_qsl, unquote, urlsplit
from uuid import UUID

from django.db import transaction
from django.utils.timezone import now

from comments.models import Comment
from comments.services import ANONYMOUS, create_comment
from importer.articles import OUT, Counts, article, one_line
from importer.identities import Identities, Identity, title_of
from importer.threads import Threads
from importer.wxr import Export, WxrComment, WxrItem
from moderation.services import record_import
from posts.models import Post
from posts.services import create_post
from web.text import is_blank

BATCH = 100
"""Posts and comments in one transaction. Others write to these databases too: they wait for one."""

# What readers wrote. Editors' notes on a draft, and orders in a shop, are stored as comments too.
KINDS_OF_COMMENT = {"", "comment", "pingback", "trackback"}
# What awaits moderation there, or has an unknown status, is "pending": a person decides.
STATUSES = {"1": "approved", "spam": "rejected", "trash": "rejected", "post-trashed": "rejected"}
NAMES = {"nav_menu_item": "menu item", "": "of no kind"}
MAX_TITLE, MAX_BODY, MAX_AUTHOR, MAX_CONTENT = 200, 20_000, 80, 5_000  # characters
NO_TEXT = "(no text)"
MAX_PATH, MAX_DIGITS = 400, 20
NUMBERS = ("p", "page_id")  # of a post and of a page


class NewPost(NamedTuple):
    id: UUID
    title: str
    body: str
    author: str
    created_at: datetime | None
    slug: str
    former_path: str


class NewComment(NamedTuple):
    id: UUID
    post_id: UUID
    author: str
    content: str
    created_at: datetime
    status: str
    parent_id: UUID | None


def import_export(export: Export, advance: Callable[[], None]) -> Counts:
    """Imports everything; `advance` is called after each item. Returns how many there are of each
    kind of result, with its reason, status or kind of content. Raises what the services raise,
    and WxrError if the file is changed meanwhile."""
    running = _Import(export)
    steps = running.steps(advance)
    while batch := list(islice(steps, BATCH)):
        execute(batch)
    return running.counts


def former_path(link: str) -> str:
    """Of a post's address in its old blog: "/2019/05/hello/", or "/?p=12" where a number was its
    address; empty where there is none that could lead here, or one that is too long."""
    try:
        parts = urlsplit(link)
    except ValueError:
        return ""
    numbers = {name: value for name, value in parse_qsl(parts.query) if name in NUMBERS}
    path = unquote(parts.path)
    if path.strip("/"):
        is_usable = len(path) <= MAX_PATH and path.startswith("/") and path.isprintable()
        return path if is_usable else ""
    name, number = next(iter(numbers.items()), ("", ""))
    return f"/?{name}={number}" if number.isdecimal() and len(number) < MAX_DIGITS else ""


def execute(steps: list[NewPost | NewComment]) -> None:
    """One transaction in each service, in this order: comments must find their posts, and a
    comment's event the imported decision, so that no rule makes another."""
    comments = [step for step in steps if isinstance(step, NewComment)]
    with transaction.atomic(using="posts"):
        for step in steps:
            if isinstance(step, NewPost):
                create_post(
                    step.title,
                    step.body,
                    author=step.author,
                    post_id=step.id,
                    created_at=step.created_at,
                    slug=step.slug,
                    former_path=step.former_path,
                )
    with transaction.atomic(using="moderation"):
        reviews = [record_import(*comment[:-1]) for comment in comments]
    with transaction.atomic(using="comments"):
        for comment, review in zip(comments, reviews, strict=True):
            create_comment(
                comment.post_id,
                comment.author,
                comment.content,
                comment_id=comment.id,
                # A comment without a date has that of the first run that imported it.
                created_at=review.created_at,
                parent_id=comment.parent_id,
            )


class _Import:
    def __init__(self, export: Export) -> None:
        self._export = export
        self._identities = Identities(export)
        self.counts: Counts = Counter({("posts imported", ""): 0, ("comments imported", ""): 0})

    def steps(self, advance: Callable[[], None]) -> Iterator[NewPost | NewComment]:
        """What is left to do, each post before its comments; the rest is counted."""
        for item in self._export.items():
            if reason := reason_to_skip(item):
                self._skip(item, reason)
            elif (post := self._identities.post(item)).is_deleted:
                self._skip(item, "deleted here")
            else:
                yield from self._post(item, post)
                yield from self._comments(item, post)
            advance()

    def _skip(self, item: WxrItem, reason: str) -> None:
        self.counts["items skipped", reason] += 1
        if item.comments:
            self.counts["comments skipped", "on what was skipped"] += len(item.comments)

    def _post(self, item: WxrItem, post: Identity) -> Iterator[NewPost]:
        if post.is_repeated:
            self.counts["items skipped", "a second time in the file"] += 1
            return
        if Post.objects.filter(id=post.id).exists():
            self.counts["posts already there", ""] += 1
            return
        self.counts["posts imported", ""] += 1
        self.counts.update({(OUT, name): number for name, number in item.others.items()})
        title = self._visible(title_of(item), "post titles", MAX_TITLE)
        text = article(item.content, item.link or self._export.link, self.counts, is_post=True)
        body = self._visible(text, "post texts", MAX_BODY) or NO_TEXT
        author, slug, former = self._author(item.author), unquote(item.slug), former_path(item.link)
        yield NewPost(post.id, title, body, author, item.created_at, slug, former)

    def _comments(self, item: WxrItem, post: Identity) -> Iterator[NewComment]:
        identities = self._identities.comments(item, post)
        texts: dict[int, str] = {}  # of those that are new, by their place
        here: set[int] = set()  # the places of those that are there when this is done
        threads = Threads(item.comments)
        for at, (comment, identity) in enumerate(zip(item.comments, identities, strict=True)):
            reason = "" if comment.kind in KINDS_OF_COMMENT else _word(comment.kind)
            if identity.is_deleted:
                reason = reason or "deleted here"
            elif identity.is_repeated:
                reason = reason or "a second time in the file"
            elif not reason and Comment.objects.filter(id=identity.id).exists():
                self.counts["comments already there", ""] += 1
                here.add(at)
                continue
            text = "" if reason else self._comment_text(item, comment)
            if text:
                texts[at] = text
                here.add(at)
            else:
                self.counts["comments skipped", reason or "without text"] += 1
        for at, text in texts.items():
            comment, status = item.comments[at], STATUSES.get(item.comments[at].approved, "pending")
            self.counts["comments imported", ""] += 1
            self.counts["  of these", status] += 1
            if comment.has_site:
                self.counts[OUT, "web sites of commenters"] += 1
            parent = threads.parent(at, here)
            if parent is None and threads.is_reply(at):
                self.counts[OUT, "parents of comments, which are not here"] += 1
            yield NewComment(
                id=identities[at].id,
                post_id=post.id,
                author=self._author(comment.author) or ANONYMOUS,
                content=text,
                created_at=comment.created_at or item.created_at or now(),
                status=status,
                parent_id=None if parent is None else identities[parent].id,
            )

    def _comment_text(self, item: WxrItem, comment: WxrComment) -> str:
        text = article(comment.content, item.link or self._export.link, self.counts)
        return self._visible(text, "comment texts", MAX_CONTENT)

    def _author(self, name: str) -> str:
        return self._visible(one_line(name), "authors' names", MAX_AUTHOR)

    def _visible(self, text: str, name: str, limit: int) -> str:
        """The text, cut to its limit, at a line where one ends near it, which is counted; empty
        where nothing in it is visible."""
        if is_blank(text):
            return ""
        if len(text) <= limit:
            return text
        self.counts["cut to their limit", name] += 1
        text = text[: limit - 1]
        line = text.rfind("\n", limit * 9 // 10)
        return text[: line if line > 0 else limit].rstrip() + "…"


def reason_to_skip(item: WxrItem) -> str:
    """Such as "page" or "draft"; empty for a published post."""
    if item.kind != "post":
        return NAMES.get(item.kind, _word(item.kind))
    if item.status != "publish":
        return _word(item.status) or "of no status"
    return "password-protected" if item.has_password else ""


def _word(name: str) -> str:
    """A name from the file, safe to print on a terminal."""
    return re.sub(r"[^\w-]", "?", name)[:30]
