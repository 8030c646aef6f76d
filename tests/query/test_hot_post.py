"""A post with very many comments is as quick to show as one with few."""

from collections.abc import Callable
from datetime import timedelta
from itertools import cycle
from time import process_time
from timeit import repeat
from uuid import UUID, uuid4

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connections
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext

from eventstore import tallies
from query import reads, threads
from query.models import CommentView, PostView
from query.shown import ShownPost
from tests.eventstore.events import NOON
from web.readers import Reader

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")
FEW, MANY = 40, 12_000
MAX_GROWTH = 3  # numbering all comments takes 100 times as long


@pytest.fixture
def cold() -> UUID:
    return write(FEW, ["approved", "pending", "rejected"])


@pytest.fixture
def hot() -> UUID:
    return write(MANY, ["approved", "pending", "rejected"])


def write(number: int, statuses: list[str]) -> UUID:
    """A post with so many comments, of these statuses in turn."""
    post = PostView.objects.create(id=uuid4(), title="A", body="B", created_at=NOON)
    of_comments = {"post_id": post.id, "author": "Ann", "content": "kind"}
    rows = []
    for n, status in zip(range(number), cycle(statuses), strict=False):
        key, at = uuid4(), NOON + timedelta(seconds=n)
        place = {"id": key, "created_at": at, "thread_id": key, "thread_at": at}
        rows.append(CommentView(**of_comments, **place, status=status))
    CommentView.objects.bulk_create(rows, batch_size=500)
    for tally in tallies.of_app("query"):
        tally.recount("query")
    return post.id


def public() -> Reader:
    request = RequestFactory().get("/")
    request.user = AnonymousUser()
    return Reader(request)


def listed(post: UUID) -> ShownPost:
    rows = reads.PostQuery(reads.POSTS.filter(id=post)).rows()
    [shown] = reads.with_newest_comments(rows, public())
    return shown


def on_page(post: UUID) -> ShownPost:
    [shown] = reads.with_newest_listed(list(reads.POSTS.filter(id=post)), public(), 2)
    return shown


def in_threads(post: UUID) -> threads.PageOfThreads:
    return threads.page_of_threads(reads.POSTS.get(id=post), public(), None, None)


@pytest.mark.parametrize("show", [listed, on_page, in_threads])
def test_it_takes_as_long(cold: UUID, hot: UUID, show: Callable[[UUID], object]) -> None:
    def seconds(post: UUID) -> float:
        return min(repeat(lambda: show(post), number=3, repeat=5, timer=process_time))

    assert seconds(hot) < MAX_GROWTH * seconds(cold)


def test_the_newest_are_shown_however_many_others_are_newer(hot: UUID) -> None:
    newest = [each.created_at for each in listed(hot).comments]
    assert newest == [NOON + timedelta(seconds=n) for n in range(MANY - 10, MANY)]

    found = on_page(hot)
    assert found.counts.approved == found.comment_count == MANY // 3
    assert {each.status for each in found.comments} == {"approved"}
    CommentView.objects.filter(created_at__gt=NOON).update(status="rejected")
    assert [each.created_at for each in on_page(hot).comments] == [NOON]


def test_whatever_characters_a_comment_has_it_is_shown_as_it_is() -> None:
    """The database makes JSON of the rows."""
    post = write(3, ["approved"])
    text = "".join(map(chr, [*range(1, 0x100), 0x2028, 0xFFFD, 0xFFFF, 0x1F34A])) + "\\\"'\\u0041"
    [first, *_] = CommentView.objects.order_by("created_at")
    at = NOON + timedelta(days=-1, microseconds=120)
    reply = {"post_id": post, "thread_id": first.id, "thread_at": at, "status": "approved"}
    row = CommentView.objects.create(
        id=UUID(int=1), parent_id=first.id, author=text[:80], content=text, created_at=at, **reply
    )
    [shown, *others] = listed(post).comments
    assert (shown.id, shown.parent_id, shown.created_at) == (row.id, first.id, at)
    assert (shown.author, shown.content, shown.status) == (text[:80], text, "approved")
    assert [each.parent_id for each in others] == [None] * 3


def test_what_has_no_comments_to_show_is_not_looked_for() -> None:
    post = write(10, ["rejected"])
    with CaptureQueriesContext(connections["query"]) as queries:
        assert on_page(post).comments == []
    assert len(queries) == 1
