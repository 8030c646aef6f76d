"""Which posts and comments of an export are the same ones in every run: each has an id here that is
derived from what identifies it in WordPress.

A post is identified by its guid, else by its link, its number, or its title and date: by the
first of these that no other post of the export has. A comment is identified by its post, its number
and its date, and where several have the same, by author and text as well. Numbers alone are not
enough: other programs than WordPress write exports in which all are 0. An earlier version derived
all ids from numbers: what it has imported is recognised and keeps its id.
"""

import re
from collections import Counter
from datetime import datetime
from hashlib import blake2b
from typing import NamedTuple
from uuid import NAMESPACE_URL, UUID, uuid5

from comments.models import Comment
from eventstore.contracts import CommentDeleted, CommentState, PostDeleted, PostState
from importer.articles import Counts, article, one_line
from importer.wxr import Export, WxrComment, WxrItem
from posts.models import Post
from query.models import consumer as log
from web.markdown import reading
from web.text import is_blank

NO_TITLE = "(no title)"
CERTAIN = 150  # characters of a title that are compared; long ones are stored cut
LETTERS = 40  # of a comment's text that are compared
WORDPRESS = uuid5(NAMESPACE_URL, "https://wordpress.org/export/")


class Identity(NamedTuple):
    """Of a post or comment: whether it is known here, deleted here since, or stands in the file a
    second time."""

    id: UUID
    is_known: bool = False
    is_deleted: bool = False
    is_repeated: bool = False


class _Known(NamedTuple):
    """A post or comment that is here, or was until it was deleted, as it was created."""

    text: str  # a post's title, or a comment's content
    created_at: datetime
    post_id: UUID
    is_deleted: bool = False


class Identities:
    """Of one run. Give it every post in the file's order, and then that post's comments."""

    def __init__(self, export: Export) -> None:
        self._site = export.site
        self._repeated = export.repeated
        self._posts: dict[str, Identity] = {}
        self._taken: set[UUID] = set()

    def post(self, item: WxrItem) -> Identity:
        title = f"title {item.title} of {item.created_at}"
        whole = f"{title}, {_digest(item.content)}"
        unique = [name for name in item.identifiers if name not in self._repeated]
        own = unique[0] if unique else whole
        if found := self._posts.get(own):
            return found._replace(is_repeated=True)

        earlier = f"post {item.wp_id or item.guid}"
        reliable = {*unique[:1], *(name for name in unique if name == earlier)}
        if not item.wp_id and f"guid {item.guid}" in unique:
            reliable.add(earlier)
        names = dict.fromkeys([*unique, earlier, *item.identifiers, whole, title])
        known = {name: _known_post(self._id(name)) for name in names}
        free = [name for name in names if self._id(name) not in self._taken]
        for name in free:
            there = known[name]
            if there and _is_same(item, there, is_reliable=name in reliable):
                identity = Identity(self._id(name), is_known=True, is_deleted=there.is_deleted)
                break
        else:
            own_first = (n for n in (*unique, title, whole) if n in free and not known[n])
            new = next(own_first, f"{own}, {whole}")
            identity = Identity(self._id(new))
        self._posts[own] = identity
        self._taken.add(identity.id)
        return identity

    def comments(self, item: WxrItem, post: Identity) -> list[Identity]:
        """Of the item's comments, in their order."""
        numbers = Counter((comment.wp_id, comment.created_at) for comment in item.comments)
        return [
            self._comment(comment, numbers[comment.wp_id, comment.created_at] > 1, at, post)
            for at, comment in enumerate(item.comments)
        ]

    def _comment(self, comment: WxrComment, is_one_of: bool, at: int, post: Identity) -> Identity:
        short = f"comment {comment.wp_id} of {comment.created_at} on {post.id}"
        whole = f"{short}, {_digest(comment.author, comment.content)}"
        own = self._id(whole if is_one_of else short)
        if own in self._taken:
            return Identity(own, is_repeated=True)
        identity = Identity(own)
        # A post that is new here has no comments that are known.
        earlier = f"comment {comment.wp_id or f'{at} on {post.id}'}"
        for name in (whole, short, earlier) if post.is_known else ():
            if (id_ := self._id(name)) in self._taken:
                continue
            known = _known_comment(id_)
            if not (known and known.post_id == post.id and _is_of(comment.created_at, known)):
                continue
            if not is_one_of or name == whole or _begins_as(comment, known):
                identity = Identity(id_, is_known=True, is_deleted=known.is_deleted)
                break
        self._taken |= {identity.id, own}
        return identity

    def _id(self, name: str) -> UUID:
        return uuid5(WORDPRESS, f"{self._site} {name}")


def title_of(item: WxrItem) -> str:
    """In full, on one line."""
    title = one_line(item.title)
    return NO_TITLE if is_blank(title) else title


def _is_same(item: WxrItem, known: _Known, *, is_reliable: bool) -> bool:
    """With a reliable identifier, title or date may have been changed in WordPress since."""
    has_title = title_of(item)[:CERTAIN] == known.text[:CERTAIN]
    has_date = _is_of(item.created_at, known)
    return (has_title or has_date) if is_reliable else (has_title and has_date)


def _is_of(date: datetime | None, known: _Known) -> bool:
    return date is None or date == known.created_at


def _begins_as(comment: WxrComment, known: _Known) -> bool:
    """Whatever version of the import made its text, plain or formatted: as far as there is no
    markup, all agree."""
    read = reading(article(comment.content, "", Counts())).text
    letters, *known_letters = (
        re.sub(r"\W+", "", text)[:LETTERS] for text in (read, known.text, reading(known.text).text)
    )
    return letters in known_letters


def _known_post(id_: UUID) -> _Known | None:
    events = log.events_about(id_)
    for event in events:
        if isinstance(event, PostState):
            is_deleted = any(isinstance(each, PostDeleted) for each in events)
            return _Known(event.title, event.created_at, id_, is_deleted)
    row = Post.objects.filter(id=id_).first()
    return _Known(row.title, row.created_at, id_) if row else None


def _known_comment(id_: UUID) -> _Known | None:
    events = log.events_about(id_)
    for event in events:
        if isinstance(event, CommentState):
            is_deleted = any(isinstance(each, CommentDeleted) for each in events)
            return _Known(event.content, event.created_at, event.post_id, is_deleted)
    row = Comment.objects.filter(id=id_).first()
    return _Known(row.content, row.created_at, row.post_id) if row else None


def _digest(*texts: str) -> str:
    return blake2b("\0".join(texts).encode(errors="replace"), digest_size=12).hexdigest()
