"""The in-memory original and the blog make the same of the same small history."""

from collections.abc import Iterator

import pytest

from comments.services import create_comment
from eventstore.contracts import CommentCreated, PostCreated
from lab.bench import original
from lab.bench.original import Original
from lab.data import even_blog
from lab.errors import LabFailed
from lab.npm import LOCK
from posts.services import create_post
from query.models import CommentView, PostView
from tests.histories import settle
from tests.needs import require

HISTORY = {
    "Fruit": ["An apple.", "An orange.", "Another apple."],
    "Weather": ["Rain."],
    "Nothing": [],
}
SHOWN = {
    "Fruit": [
        ("An apple.", "approved"),
        ("An orange.", "rejected"),
        ("Another apple.", "approved"),
    ],
    "Weather": [("Rain.", "approved")],
    "Nothing": [],
}


@pytest.fixture(scope="module")
def express() -> Iterator[Original]:
    require("Node", not original.missing())
    try:
        original.install()
    except LabFailed:
        require("Express, from npm", None)
    with Original() as services:
        yield services


def shown_by(express: Original) -> dict[str, list[tuple[str, str]]]:
    return {
        post["title"]: [(each["content"], each["status"]) for each in post["comments"]]
        for post in express.posts().values()
    }


@pytest.mark.xdist_group("express")
def test_what_the_original_shows_of_the_history(express: Original) -> None:
    for title, comments in HISTORY.items():
        post = express.create_post(title)
        for content in comments:
            assert express.comment(post, content)
    express.settle()
    assert shown_by(express).items() >= SHOWN.items()


@pytest.mark.django_db(transaction=True, databases="__all__")
def test_what_the_blog_shows_of_the_history() -> None:
    for title, comments in HISTORY.items():
        post = create_post(title, "")
        for content in comments:
            create_comment(post.id, "Ann", content)
    settle()
    shown = {
        post.title: list(
            CommentView.objects.filter(post_id=post.id)
            .order_by("created_at")
            .values_list("content", "status")
        )
        for post in PostView.objects.all()
    }
    assert shown == SHOWN


@pytest.mark.xdist_group("express")
def test_a_blog_is_filled_in_as_if_it_had_come_over_the_bus(express: Original) -> None:
    express.fill(even_blog(2))
    titles = [each.title for each in even_blog(2) if isinstance(each, PostCreated)]
    texts = [each.content for each in even_blog(2) if isinstance(each, CommentCreated)]
    filled = shown_by(express)
    assert [each for title in titles for each in filled[title]] == [
        (content, "approved") for content in texts
    ]


def test_its_packages_are_locked_without_a_registry() -> None:
    """A lock file that names a mirror would bind everybody to it."""
    text = (original.CODE / LOCK).read_text()
    assert '"express"' in text
    assert '"integrity"' in text
    assert '"resolved"' not in text
