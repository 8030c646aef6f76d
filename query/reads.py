"""Reading the read model. A page is a fixed number of queries, whatever it shows, and none of them
takes longer for the comments that it does not show."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, tzinfo
from functools import partial
from operator import attrgetter, itemgetter
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connections, router
from django.db.models import Q, QuerySet
from django.utils.timezone import get_current_timezone
from msgspec.json import Decoder
from msgspec.structs import asdict, astuple

from query.models import CommentView, PostView
from query.shown import COMMENT, CommentValues, Counts, ShownComment, ShownPost, show_comments
from web.readers import APPROVED, PENDING, STATUSES, Reader, may_change

NEWEST_COMMENTS = 10  # shown with each post of a list
MAX_SLUG_LENGTH, MAX_SAME_SLUGS = 120, 10
POSTS = PostView.objects.select_related("counts")
POST = ("id", "title", "slug", "body", "author", "created_at")

# A comment's row as a JSON array: its post, and the values of COMMENT, with the time in UTC.
_FIRST, _LAST = "post_id, id, parent_id, author, content, status", "reason"
AS_JSON = {
    "sqlite": f"json_array({_FIRST}, created_at || '+00:00', {_LAST})",
    "postgresql": f"json_build_array({_FIRST}, created_at, {_LAST})::text",
    "mysql": f"JSON_ARRAY({_FIRST}, CONCAT(created_at, '+00:00'), {_LAST})",
}
ROWS = Decoder(list[tuple[str, UUID, UUID | None, str, str, str, datetime, str]])

_time = itemgetter(COMMENT.index("created_at"))
comment_values = attrgetter(*COMMENT)
"""Of a row, what ``show_comments`` takes."""


class PostRow(NamedTuple):
    """One of ``POSTS`` that is no instance of the model."""

    id: UUID
    title: str
    slug: str
    body: str
    author: str
    created_at: datetime
    counts: Counts


class PostQuery:
    """The SQL of a query of ``POSTS``, made once: Django takes longer to make it, and instances of
    the rows, than the database takes to run it."""

    def __init__(self, posts: QuerySet[PostView]) -> None:
        values = posts.values_list(*POST, *(f"counts__{status}" for status in STATUSES))
        self._sql, self._parameters = values.query.get_compiler(values.db).as_sql()
        self._fields = [PostView._meta.get_field(name) for name in POST]

    def rows(self) -> list[PostRow]:
        """One query."""
        connection = connections[router.db_for_read(PostView)]
        with connection.cursor() as cursor:
            cursor.execute(self._sql, self._parameters)
            rows = _converted(cursor.fetchall(), self._fields, connection)
        of_post = len(POST)
        return [
            PostRow._make((*row[:of_post], Counts(*(n or 0 for n in row[of_post:]))))
            for row in rows
        ]


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


def show_post(
    post: Any,
    counts: Counts,
    comments: Sequence[ShownComment] = (),
    zone: tzinfo | None = None,
) -> ShownPost:
    """Of a row that has a post's columns. ``zone``: the current one, where that is known."""
    return ShownPost(
        id=post.id,
        title=post.title,
        slug=post.slug or "",
        body=post.body,
        author=post.author,
        created_at=post.created_at.astimezone(zone or get_current_timezone()),
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
    posts: Sequence[PostRow], reader: Reader, limit: int = NEWEST_COMMENTS
) -> list[ShownPost]:
    """Each of these posts with its newest comments, whatever their status; one query."""
    of_post = _newest([post.id for post in posts if any(astuple(post.counts))], limit)
    zone = get_current_timezone()
    return [
        show_post(post, post.counts, show_comments(of_post[post.id], reader, zone), zone)
        for post in posts
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
    make it than the database takes to run it. And rows come as JSON arrays, with UUIDs and times
    that msgspec reads, which takes less than to convert one column after the other."""
    connection, table = connections[router.db_for_read(CommentView)], CommentView._meta.db_table
    prepare: Any = partial(CommentView._meta.pk.get_db_prep_value, connection=connection)
    of_statuses = f"IN ({', '.join(['%s'] * len(statuses))})"
    which = f"post_id = %s AND status {of_statuses}" if statuses else "post_id = %s"
    some = f"SELECT {AS_JSON[connection.vendor]} AS row_ FROM {table}"  # noqa: S608
    last = f"ORDER BY created_at DESC, id DESC LIMIT {limit}"
    parts = [f"SELECT row_ FROM ({some} WHERE {which} {last}) AS newest"] * len(posts)  # noqa: S608
    values = [each for post in posts for each in (prepare(post), *statuses)]
    if others:
        slots = ", ".join(["%s"] * len(others))
        parts.append(f"{some} WHERE id IN ({slots}) AND status NOT {of_statuses}")
        values += [*map(prepare, others), *statuses]
    found = defaultdict[str, list[CommentValues]](list)
    if parts:
        with connection.cursor() as cursor:
            cursor.execute(" UNION ALL ".join(parts), values)
            rows = ROWS.decode(f"[{','.join([row for [row] in cursor.fetchall()])}]")
        for row in reversed(rows):
            found[row[0]].append(row[1:])
    for its in found.values():
        its.sort(key=_time)  # SQL does not promise that the whole has the order of its parts
    return defaultdict(list, {UUID(post): its for post, its in found.items()})


def _converted(
    rows: Sequence[tuple[Any, ...]], fields: Sequence[Any], connection: Any
) -> Iterator[tuple[Any, ...]]:
    """Rows whose first columns are those of these fields, with the values that Django has of
    them."""
    columns = [list(each) for each in zip(*rows, strict=True)]
    for place, field in enumerate(fields if rows else ()):
        column = field.cached_col
        of_database = connection.ops.get_db_converters(column)
        for convert in (*of_database, *column.get_db_converters(connection)):
            columns[place] = [convert(each, column, connection) for each in columns[place]]
    return zip(*columns, strict=True)
