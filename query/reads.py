"""Reading the read model. A page is a fixed number of queries, whatever it shows, and none of them
takes longer for the comments that it does not show."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from operator import attrgetter
from typing import Any
from uuid import UUID

from django.db import connections, router
from django.db.models import Q
from django.utils.timezone import localtime
from msgspec.structs import asdict, astuple

from query.models import CommentView, PostView
from query.shown import COMMENT, CommentValues, Counts, ShownComment, ShownPost, show_comments
from web.readers import APPROVED, PENDING, Reader, may_change

NEWEST_COMMENTS = 10  # shown with each post of a list
MAX_SLUG_LENGTH, MAX_SAME_SLUGS = 120, 10
POSTS = PostView.objects.select_related("counts")

comment_values = attrgetter(*COMMENT)
"""Of a row, what ``show_comments`` takes."""


class CommentOnPage(ShownComment, frozen=True, gc=False):
    """With what the page alone shows of it."""

    is_own: bool = False
    is_changeable: bool = False
    """By this reader, who sent it, and not long ago."""
    replies_to: str = ""
    """The author of its parent, where the reader may read that."""

    @property
    def is_awaited(self) -> bool:
        """Its sender awaits the decision on it."""
        return self.is_own and self.status == PENDING


def find_by_slug(slug: str) -> PostView | None:
    """One query. Exactly this slug: some databases also find others, as "e" for "é"."""
    if len(slug) > MAX_SLUG_LENGTH or not slug.isprintable():
        return None
    found = POSTS.filter(slug=slug)[:MAX_SAME_SLUGS]
    return next((post for post in found if post.slug == slug), None)


def counts_of(post: PostView) -> Counts:
    """Of one of ``POSTS``."""
    kept = getattr(post, "counts", None)  # a post without comments has none
    return Counts(kept.approved, kept.pending, kept.rejected) if kept else Counts()


def show_post(post: Any, counts: Counts, comments: Sequence[ShownComment] = ()) -> ShownPost:
    """Of a row that has a post's columns."""
    return ShownPost(
        id=post.id,
        title=post.title,
        slug=post.slug or "",
        body=post.body,
        author=post.author,
        created_at=localtime(post.created_at),
        comment_count=counts.approved,
        counts=counts,
        comments=list(comments),
    )


def authors(ids: Collection[UUID], reader: Reader) -> dict[UUID, str]:
    """Of those of these comments that the page lists for this reader. One query, or none."""
    found = CommentView.objects.filter(id__in=ids).filter(listed(reader))
    return dict(found.values_list("id", "author")) if ids else {}


def for_page(
    comments: Iterable[ShownComment], reader: Reader, names: Mapping[UUID, str]
) -> list[CommentOnPage]:
    """With what the page alone shows of them. ``names`` has the authors of their parents."""
    return [
        CommentOnPage(
            **asdict(comment),
            is_own=comment.id in reader.own,
            is_changeable=comment.id in reader.own and may_change(comment.created_at),
            replies_to=names.get(comment.parent_id, "") if comment.parent_id else "",
        )
        for comment in comments
    ]


def listed_statuses(reader: Reader) -> tuple[str, ...]:
    """Of the comments that the page lists, whoever sent them. Moderators have a queue for the
    rejected ones: spam would bury the rest."""
    return (APPROVED, PENDING) if reader.trusted else (APPROVED,)


def listed(reader: Reader) -> Q:
    """The comments that the page lists for this reader."""
    known = Q(status__in=listed_statuses(reader))
    return known | Q(id__in=reader.own) if reader.own else known


def with_newest_comments(
    posts: Sequence[PostView], reader: Reader, limit: int = NEWEST_COMMENTS
) -> list[ShownPost]:
    """Each of these ``POSTS`` with its newest comments, whatever their status; one query."""
    counts = {post.id: counts_of(post) for post in posts}
    of_post = _newest([key for key, each in counts.items() if any(astuple(each))], limit)
    return [
        show_post(post, counts[post.id], show_comments(of_post[post.id], reader)) for post in posts
    ]


def with_newest_listed(posts: Sequence[PostView], reader: Reader, limit: int) -> list[ShownPost]:
    """Each of these ``POSTS`` with the newest of those comments that the page lists; two queries
    for all of them."""
    counts, statuses = {post.id: counts_of(post) for post in posts}, listed_statuses(reader)
    some = [key for key, each in counts.items() if any(getattr(each, name) for name in statuses)]
    rows = _newest(some, limit, statuses, reader.own)
    newest = {post.id: show_comments(rows[post.id][-limit:], reader) for post in posts}
    parents = {each.parent_id for its in newest.values() for each in its if each.parent_id}
    names = authors(parents, reader)
    return [
        show_post(post, counts[post.id], for_page(newest[post.id], reader, names)) for post in posts
    ]


def _newest(
    posts: Sequence[UUID], limit: int, statuses: Sequence[str] = (), others: Collection[UUID] = ()
) -> dict[UUID, list[CommentValues]]:
    """The newest comments of each of these posts, of these ``statuses`` if there are any, and the
    ``others`` that are of another status, whatever their post; in order of time. One query, or
    none.

    Of each post an index is read from its end. (A window function would number all comments:
    with 100,000 of one post, 40 times the CPU of 1,000.) It is SQL, as Django would take longer to
    make it than the database takes to run it."""
    connection, meta = connections[router.db_for_read(CommentView)], CommentView._meta
    fields: Any = [meta.get_field(name) for name in ("post_id", *COMMENT)]
    prepare = fields[0].get_db_prep_value
    some = f"SELECT {', '.join(field.column for field in fields)} FROM {meta.db_table}"  # noqa: S608
    of_statuses = f"IN ({', '.join(['%s'] * len(statuses))})"
    which = f"post_id = %s AND status {of_statuses}" if statuses else "post_id = %s"
    last = f"ORDER BY created_at DESC, id DESC LIMIT {limit}"
    parts = [f"SELECT * FROM ({some} WHERE {which} {last}) AS newest"] * len(posts)  # noqa: S608
    values = [each for post in posts for each in (prepare(post, connection), *statuses)]
    if others:
        slots = ", ".join(["%s"] * len(others))
        parts.append(f"{some} WHERE id IN ({slots}) AND status NOT {of_statuses}")
        values += [*(prepare(each, connection) for each in others), *statuses]
    found = defaultdict[UUID, list[CommentValues]](list)
    if parts:
        with connection.cursor() as cursor:
            cursor.execute(f"{' UNION ALL '.join(parts)} ORDER BY created_at, id", values)
            for row in _converted(cursor.fetchall(), fields, connection):
                found[row[0]].append(row[1:])
    return found


def _converted(
    rows: Sequence[tuple[Any, ...]], fields: Sequence[Any], connection: Any
) -> Iterator[tuple[Any, ...]]:
    """Rows of these fields' columns, with the values that Django has of them."""
    columns = [list(each) for each in zip(*rows, strict=True)]
    for place, field in enumerate(fields if rows else ()):
        column = field.cached_col
        of_database = connection.ops.get_db_converters(column)
        for convert in (*of_database, *column.get_db_converters(connection)):
            columns[place] = [convert(each, column, connection) for each in columns[place]]
    return zip(*columns, strict=True)
