"""What copies of others' tables miss, and stored events do not; and the code of each way.

In one process, so that every write comes at its moment; on every kind of database.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any, get_args

import msgspec
import pytest
from django.test import Client

from comments import services as comments
from comments.models import Comment
from comparison.history import ways
from comparison.history.code import COLUMNS, PIECES, count_code, count_lines, lines_of
from comparison.history.new_service import Difference, difference, facts
from comparison.history.results import Fact, Piece, Side
from comparison.history.ways import COMMENT, POST, WAYS, Others, Way
from comparison.loading import load_services
from config.processes.paths import BASE
from eventstore import store
from lab.data import blog
from lab.http import Response
from posts import services as posts
from posts.models import Post
from query.models import Checkpoint, CommentView, PostView, consumer
from tests.histories import settle
from tests.people import person

BLOG = blog(12, seed=3)
WATCHED = next(post for post in BLOG if post.comments)
COPIES = {way.name: way for way in WAYS if not way.stored_events}
EVENTS = {way.name: way for way in WAYS if way.stored_events}

on_databases = pytest.mark.django_db(transaction=True, databases="__all__")


@dataclass
class InProcess:
    """Calls that this process handles itself, as staff. ``then`` is called after the request for
    the comments of ``WATCHED``."""

    client: Client
    then: Callable[[], None] = lambda: None

    def get(self, url: str, headers: dict[str, str]) -> Any:
        response = self.client.get(url)
        assert response.status_code == 200
        if url == f"/api/posts/{WATCHED.id}/comments/":
            self.then()
        return Response(200, response.headers, response.content)


@pytest.fixture
def staff() -> Client:
    client = Client()
    client.force_login(person("staff"))
    return client


@pytest.fixture
def past(staff: Client) -> Others:
    """A blog, and an empty query database."""
    load_services(BLOG)
    for model in (PostView, CommentView, Checkpoint):
        model._default_manager.all().delete()
    return Others(InProcess(staff), {"posts": "", "comments": ""}, {})  # type: ignore[arg-type]


def take(way: Way, others: Others) -> None:
    for step in way.steps:
        step(others)


@on_databases
@pytest.mark.parametrize("way", [*COPIES.values(), *EVENTS.values()], ids=lambda way: way.name)
def test_every_way_ends_with_the_same_rows(past: Others, way: Way) -> None:
    assert difference().missing == len(BLOG) + sum(len(post.comments) for post in BLOG)

    take(way, past)

    assert difference() == Difference()
    assert CommentView.objects.exclude(content="").filter(status="rejected").exists()
    # The services' own rows are one reading of the blog; this is the blog itself.
    assert sorted(PostView.objects.values_list("id", "title", "body", "author", "created_at")) == (
        sorted((post.id, post.title, post.body, post.author, post.created_at) for post in BLOG)
    )


@on_databases
@pytest.mark.parametrize("way", COPIES.values(), ids=COPIES)
def test_tables_and_lists_come_in_pages(
    past: Others, way: Way, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ways, "CHUNK_ROWS", 4)
    monkeypatch.setattr(ways, "PAGE", 4)

    take(way, past)

    assert difference() == Difference()


@on_databases
def test_what_is_written_during_a_copy_is_lost(past: Others) -> None:
    meanwhile(past, write)
    take(COPIES["requests-per-post"], past)

    subscribe_from(store.head_position())
    comments.create_comment(WATCHED.id, "Gil", "written after the copy")
    consumer.catch_up()

    assert difference() == Difference(missing=1, stale=1, ghosts=1)


@on_databases
def test_it_is_not_lost_if_subscribed_before_the_copy(past: Others) -> None:
    meanwhile(past, write)
    subscribe_from(store.head_position())

    take(COPIES["requests-per-post"], past)
    assert difference() == Difference(missing=1, stale=1, ghosts=1)
    consumer.catch_up()

    assert difference() == Difference()


@on_databases
@pytest.mark.parametrize("way", EVENTS.values(), ids=EVENTS)
def test_stored_events_lose_nothing(
    past: Others, way: Way, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Writes while the events are read."""
    monkeypatch.setattr(store, "read_from", writing_after(store.read_from))
    monkeypatch.setattr(store, "states", writing_after(store.states))

    take(way, past)
    consumer.catch_up()

    assert difference() == Difference()
    assert PostView.objects.filter(title="Another title").exists()


@on_databases
def test_copy_of_the_tables_does_not_show_what_has_happened(past: Others) -> None:
    before = {fact.type: fact.published for fact in facts()}
    write()
    settle()
    for model in (PostView, CommentView):
        model._default_manager.all().delete()
    take(COPIES["direct"], past)

    found = {fact.type: fact for fact in facts()}

    assert found["PostUpdated"] == Fact(type="PostUpdated", published=1, in_copy=1)
    created = before["PostCreated"]
    assert found["PostCreated"] == Fact(type="PostCreated", published=created, in_copy=created - 1)
    assert found["CommentDeleted"] == Fact(type="CommentDeleted", published=1, in_copy=0)
    decided = found["CommentModerated"]
    assert decided.published == before["CommentModerated"] + 1
    assert decided.in_copy == 0
    # Of a comment that was decided upon, nothing shows any more that it was pending.
    pending = Comment.objects.filter(status="pending").count()
    assert found["CommentCreated"].in_copy == pending
    assert found["CommentUpdated"].in_copy == Comment.objects.exclude(status="pending").count()


def write() -> None:
    """One comment is added, one post edited, one comment deleted."""
    comments.create_comment(WATCHED.id, "Gil", "written meanwhile")
    posts.update_post(WATCHED.id, title="Another title")
    comments.delete_comment(WATCHED.comments[0].id)


def meanwhile(past: Others, write: Callable[[], None]) -> None:
    """``write`` after all posts were requested, and the comments of the one that is written to."""
    assert isinstance(past.calls, InProcess)
    past.calls.then = write


def writing_after(read: Callable[..., Any]) -> Callable[..., Any]:
    """``read``, and then a write, the first time."""
    todo: Iterator[Callable[[], None]] = iter([write])

    def reading(*args: Any, **options: Any) -> Any:
        found = list(read(*args, **options))
        for each in todo:
            each()
        return found

    return reading


def subscribe_from(position: int) -> None:
    Checkpoint.objects.update_or_create(consumer=consumer.name, defaults={"position": position})


SAMPLE = '''"""A module
says what it is."""

import sys  # one

LONG = (  # two
    "a",  # three

    "b",  # four
)  # five
"""And what that is."""


# Not this.
@decorated(  # six
    by="it",  # seven
)  # eight
class Thing:  # nine
    """It says so."""

    text = """ten
eleven

twelve"""

    def act(self) -> None:  # thirteen
        Outbox.publish(  # fourteen
            self,  # fifteen
        )  # sixteen
        Outbox.publish(2)  # seventeen
'''


def test_lines_without_code_are_not_counted() -> None:
    # Nor is a blank line inside a string.
    assert count_lines(SAMPLE) == 17


@pytest.mark.parametrize(
    ("names", "lines"),
    [(["LONG"], 4), (["Thing"], 12), (["Outbox.publish"], 4), (["LONG", "Outbox.publish"], 8)],
)
def test_code_is_counted_by_name(names: list[str], lines: int) -> None:
    assert count_lines(SAMPLE, *names) == lines


@pytest.mark.parametrize("name", ["Nothing", "Outbox.save", "act"])
def test_name_that_does_not_exist_is_an_error(name: str) -> None:
    with pytest.raises(LookupError):
        count_lines(SAMPLE, name)


def test_every_piece_exists() -> None:
    assert PIECES.keys() == ways.BY_NAME.keys()
    for piece in set(chain.from_iterable(PIECES.values())):
        assert lines_of(piece) > 0
        assert (BASE / piece.path).is_file()


def test_lines_of_a_way_are_the_sums_of_its_pieces() -> None:
    for way in WAYS:
        code = msgspec.to_builtins(count_code(way.name))
        for side in get_args(Side):
            pieces = [piece["lines"] for piece in code["pieces"] if piece["side"] == side]
            assert code[side] == sum(pieces)
            assert len(code["pieces"]) == len({str(piece) for piece in code["pieces"]})


def test_only_stored_events_need_no_code_for_the_past() -> None:
    for way in WAYS:
        code = count_code(way.name)
        assert (code.own_past == 0) == way.stored_events


def test_columns_that_are_read_exist() -> None:
    for model, columns in ((Post, POST), (Comment, COMMENT)):
        assert set(columns) <= {field.column for field in model._meta.concrete_fields}
        assert f"{model._meta.db_table}.id" in COLUMNS["direct"]


def test_file_has_more_lines_than_a_part_of_it() -> None:
    part = Piece("others_past", "comments/api.py", ("CommentsView",))
    assert lines_of(part) < lines_of(Piece("others_past", "comments/api.py"))
