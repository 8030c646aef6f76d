"""``manage.py events``: the log in the terminal."""

import json
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command

from comments import services as comments
from eventstore import correlation
from eventstore.management.commands import events as command
from eventstore.models import Event, Head
from posts.models import Post
from tests.eventstore.events import append, new_event
from tests.histories import settle

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")


@pytest.fixture
def log(post: Post) -> list[Event]:
    with correlation.scope("a-request"):
        comments.create_comment(post.id, "Ann", "An orange, [bold]and more[/]")
    settle()
    return list(Event.objects.order_by("position"))


def lines(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[str]:
    capsys.readouterr()
    call_command("events", *arguments)
    return capsys.readouterr().out.splitlines()


def test_tail_begins_with_the_last_events(
    log: list[Event], capsys: pytest.CaptureFixture[str]
) -> None:
    shown = lines(capsys, "tail", "--no-follow")
    assert [line.split()[0] for line in shown] == ["1", "2", "3", "4"]
    assert [line.split()[3] for line in shown] == [event.type for event in log]
    assert "rejected" in shown[2]
    append(*(new_event() for _ in range(20)))
    assert len(lines(capsys, "tail", "--no-follow")) == command.LAST_EVENTS


def test_tail_filters_and_begins_where_it_is_told_to(
    log: list[Event], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "BATCH_EVENTS", 2)
    assert len(lines(capsys, "tail", "--no-follow", "--after", "0")) == 4
    [line] = lines(capsys, "tail", "--no-follow", "--after", "1", "--type", "CommentModerated")
    assert line.split()[0] == "3"
    both = ("--type", "PostCreated", "--type", "CommentUpdated")
    shown = lines(capsys, "tail", "--no-follow", "--after", "0", "--json", *both)
    assert [json.loads(line)["type"] for line in shown] == ["PostCreated", "CommentUpdated"]
    assert lines(capsys, "tail", "--no-follow", "--after", "4") == []


def test_tail_follows_what_is_appended_and_ends_by_ctrl_c(
    log: list[Event], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    naps = iter([lambda: append(new_event("PostDeleted")), lambda: None, _interrupt])
    monkeypatch.setattr("time.sleep", lambda seconds: next(naps)())

    shown = lines(capsys, "tail", "--after", "4")
    assert [line.split()[3] for line in shown if line] == ["PostDeleted"]


def _interrupt() -> None:
    raise KeyboardInterrupt


def test_tail_goes_on_where_the_log_was_restored_to_an_earlier_state(
    log: list[Event], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def restore() -> None:
        Event.objects.filter(position__gt=2).delete()
        Head.objects.update(position=2)

    naps = iter([restore, lambda: append(new_event("PostDeleted")), _interrupt])
    monkeypatch.setattr("time.sleep", lambda seconds: next(naps)())
    capsys.readouterr()
    call_command("events", "tail", "--after", "4")
    out, err = capsys.readouterr()
    assert "restored to an earlier state, up to 2" in err
    assert out.split()[0] == "3"


def test_show_prints_one_event_with_its_data(
    log: list[Event], capsys: pytest.CaptureFixture[str]
) -> None:
    for key in ("3", str(log[2].id)):
        shown = "\n".join(lines(capsys, "show", key))
        for text in ("CommentModerated", "correlationid  a-request", '"status": "rejected"'):
            assert text in shown
    [line] = lines(capsys, "show", "3", "--json")
    assert json.loads(line)["data"]["status"] == "rejected"


def test_a_journey_is_printed(log: list[Event], capsys: pytest.CaptureFixture[str]) -> None:
    for key in ("a-request", str(log[1].id), str(log[1].subject)):
        shown = "\n".join(lines(capsys, "journey", key))
        for text in ("Journey a-request", "published CommentCreated (2)", "rejected", "measured"):
            assert text in shown
    [line] = lines(capsys, "journey", "a-request", "--json")
    assert len(json.loads(line)["hops"]) == 6
    assert lines(capsys, "journey", "a-request", "--after", "3", "--json")


@pytest.mark.parametrize(
    ("arguments", "message", "code"),
    [
        (["show", "9"], "no event has the id or position 9", 1),
        (["show", str(uuid4())], "no event has the id or position", 1),
        (["show", "9" * 30], "no event has the id or position", 1),
        (["show", "x"], "neither an event's id nor a position", 2),
        (["journey", "x"], "'x' is no event, post, comment or correlation", 1),
        (["journey", "x", "--after", "-1"], "--after is a position", 2),
        (["tail", "--type", "Nothing"], "no event is called 'Nothing'", 2),
        (["tail", "--after", "-1"], "--after is a position", 2),
        (["tail", "--after", "5"], "the log ends at 4", 2),
    ],
)
def test_what_is_not_there_is_1_and_wrong_usage_is_2(
    log: list[Event], arguments: list[str], message: str, code: int
) -> None:
    with pytest.raises(CommandError, match=message) as caught:
        call_command("events", *arguments)
    assert caught.value.returncode == code
