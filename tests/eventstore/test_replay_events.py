"""``manage.py replay_events``, as a person runs it."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from comments import services as comments
from posts import services as posts
from query.models import CommentView, PostView, consumer
from tests.histories import settle

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")


def replay_events(*args: str) -> str:
    out = StringIO()
    call_command("replay_events", *args, stdout=out)
    return out.getvalue()


def refused(*args: str) -> CommandError:
    with pytest.raises(CommandError) as error:
        replay_events(*args)
    return error.value


@pytest.fixture(autouse=True)
def _history() -> None:
    post = posts.create_post("A title", "text")
    comments.create_comment(post.id, "Ann", "a comment")
    settle()


def test_the_whole_read_model() -> None:
    for model in (PostView, CommentView, consumer.checkpoint):
        model._default_manager.all().delete()
    output = replay_events()
    assert "3 events replayed into 3 rows" in output
    assert "query now reads the fresh model" in output
    assert CommentView.objects.get().status == "approved"


def test_what_was_missed() -> None:
    posts.create_post("Another", "text")
    assert "1 missed events handled, now at position 5" in replay_events("--missed", "query")
    assert "0 missed events handled" in replay_events("--missed")
    assert PostView.objects.count() == 2
    assert "comments: 1 missed events" in replay_events("--missed", "comments")


def test_what_was_missed_up_to_a_position_and_a_time() -> None:
    posts.create_post("Second", "text")
    posts.create_post("Third", "text")
    assert "1 missed events handled, now at position 5." in replay_events(
        "--missed", "--until", "5"
    )
    assert [post.title for post in PostView.objects.all()] == ["Second", "A title"]
    assert "0 missed events handled, now at position 5." in replay_events(
        "--missed", "--until", "1"
    )
    output = replay_events("--missed", "--until", "2000-01-01")
    assert "0 missed events handled, now at position 5." in output
    output = replay_events("--missed", "--until", "2100-01-01T00:00:00Z", "--batch-size", "1")
    assert "1 missed events handled, now at position 6." in output


def test_events_of_other_types_are_passed_over_up_to_there() -> None:
    """comments does not subscribe to its own."""
    for text in ("One", "Two"):
        comments.create_comment(PostView.objects.get().id, "Ann", text)
    output = replay_events("--missed", "comments", "--until", "5")
    assert "0 missed events handled, now at position 5." in output


def test_the_list_names_every_consumer_with_position_and_lag() -> None:
    posts.create_post("Another", "text")
    lines = [line.split() for line in replay_events("--list").splitlines()]
    by_consumer = {line[0]: line[1:3] for line in lines if len(line) > 5}
    assert by_consumer["query"] == ["4", "1"]
    assert by_consumer["comments"] == ["4", "1"]
    assert by_consumer["moderation"] == ["4", "1"]


def test_verify_finds_drift_and_exits_with_1() -> None:
    assert "the same, row by row" in replay_events("--verify")
    CommentView.objects.update(content="no event has this")
    error = refused("--verify")
    assert error.returncode == 1
    assert "replay_events makes it right" in str(error)
    replay_events()
    assert "the same, row by row" in replay_events("--verify")


def test_a_dry_run_changes_nothing() -> None:
    PostView.objects.all().delete()
    output = replay_events("--dry-run")
    assert "query_postview: 1 differ" in output
    assert "Nothing was changed" in output
    assert not PostView.objects.exists()


def test_until_a_position_and_a_time() -> None:
    replay_events("--until", "1")
    assert not CommentView.objects.exists()
    replay_events("--until", "2000-01-01")
    assert not PostView.objects.exists()
    replay_events("--until", "2100-01-01T00:00:00+00:00", "--batch-size", "1")
    assert CommentView.objects.get().status == "approved"


@pytest.mark.parametrize(
    ("args", "why"),
    [
        (["comments"], "publishes events"),
        (["moderation"], "publishes events"),
        (["nobody"], "no consumer is called"),
        (["--until", "soon"], "neither a position nor an ISO time"),
        (["--until", "2026-99-99"], "neither a position nor an ISO time"),
        (["--until", ""], "neither a position nor an ISO time"),
        (["--missed", "--until", "soon"], "neither a position nor an ISO time"),
        (["--batch-size", "0"], "at least 1"),
        (["--missed", "--batch-size", "0"], "at least 1"),
        (["--batch-size", "9" * 20], "at most 1,000,000"),
        (["--list", "--batch-size", "9"], "leave out --batch-size"),
        (["--list", "--until", "9"], "leave out --until"),
        (["--list", "query"], "leave out SERVICE"),
    ],
)
def test_wrong_usage_is_one_line_and_exit_code_2(args: list[str], why: str) -> None:
    error = refused(*args)
    assert error.returncode == 2
    assert why in str(error)
    assert "\n" not in str(error)
