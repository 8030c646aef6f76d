"""The comments of a post in threads: what begins one, and all replies below it in order of time.

Threads stand in the order in which they began, and a page is so many comments of that one sequence,
whatever their threads: it is bounded, an index has its order, and a thread may go on on the next
page. A comment whose parent is hidden, deleted or not here yet still stands in its thread.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.core.paginator import Page, Paginator
from django.db.models import Q

from query.models import CommentView, PostView
from query.reads import (
    CommentOnPage,
    authors,
    comment_values,
    counts_of,
    for_page,
    listed,
    listed_statuses,
)
from query.shown import show_comments
from web.readers import Reader

COMMENTS_PER_PAGE = 50
ORDER = ("thread_at", "thread_id", "created_at", "id")


@dataclass
class Thread:
    """``began_by`` is the author of what began it, where that is on an earlier page, and so is
    ``first``; both are empty where it is hidden or gone."""

    id: UUID
    first: CommentOnPage | None = None
    replies: list[CommentOnPage] = field(default_factory=list)
    began_by: str = ""


@dataclass
class PageOfThreads:
    page: Page[CommentView]
    threads: list[Thread]

    @property
    def comments(self) -> list[CommentOnPage]:
        return [
            comment
            for thread in self.threads
            for comment in (*([thread.first] if thread.first else []), *thread.replies)
        ]


def page_of_threads(
    post: PostView, reader: Reader, number: str | None, wanted: UUID | None
) -> PageOfThreads:
    """The page with the ``wanted`` comment; without one that is there, that of this ``number``, or
    the nearest that exists. ``post`` is one of ``POSTS``. At most four queries."""
    of_post = CommentView.objects.filter(post_id=post.id)
    shown, statuses = of_post.filter(listed(reader)), listed_statuses(reader)
    paginator = Paginator(shown.order_by(*ORDER), COMMENTS_PER_PAGE)
    paginator.count = sum(getattr(counts_of(post), status) for status in statuses)
    if known := reader.own | ({wanted} if wanted else set()):
        for id_, status, *place in of_post.filter(id__in=known).values_list("id", "status", *ORDER):
            paginator.count += id_ in reader.own and status not in statuses
            if id_ == wanted and (status in statuses or id_ in reader.own):
                number = str(1 + shown.filter(_before(place)).count() // COMMENTS_PER_PAGE)
    page = paginator.get_page(number)
    return PageOfThreads(page, _threads(list(page.object_list), reader))


def _before(place: Sequence[Any]) -> Q:
    """What stands before this place in the sequence."""
    condition, same = Q(pk=None), Q()
    for name, value in zip(ORDER, place, strict=True):
        condition |= same & Q(**{f"{name}__lt": value})
        same &= Q(**{name: value})
    return condition


def _threads(rows: Sequence[CommentView], reader: Reader) -> list[Thread]:
    """At most one query."""
    threads = list[Thread]()
    parents = {row.parent_id for row in rows if row.parent_id}
    names = authors(parents | {_thread_of(row) for row in rows[:1]} if parents else (), reader)
    comments = for_page(show_comments(map(comment_values, rows), reader), reader, names)
    for row, comment in zip(rows, comments, strict=True):
        thread_id = _thread_of(row)
        if not threads or threads[-1].id != thread_id:
            threads.append(Thread(thread_id))
        if comment.id == thread_id:
            threads[-1].first = comment
        else:
            threads[-1].replies.append(comment)
    if threads and threads[0].first is None:  # the others begin on this page, or are not shown
        threads[0].began_by = names.get(threads[0].id, "")
    return threads


def _thread_of(row: CommentView) -> UUID:
    return row.thread_id or row.id
