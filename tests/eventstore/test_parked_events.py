"""People see what is parked, and retry it or discard it: in the admin and in the terminal."""

from collections.abc import Callable, Iterator
from io import StringIO

import pytest
from django.conf import LazySettings
from django.core.management import CommandError, call_command
from django.test import Client

from posts import services as posts
from query.models import ParkedEvent, PostView, consumer
from tests.people import browser_of

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")

LIST = "/admin/query/parkedevent/"


@pytest.fixture
def fix(settings: LazySettings) -> Iterator[Callable[[], None]]:
    """A post that query cannot bear, and a change of it that waits; call it to mend query."""
    settings.RETRY_SCALE = 0
    sound = consumer.handlers["PostCreated"]

    def broken(event: object) -> None:
        raise ValueError("a bug of ours")

    consumer.handlers["PostCreated"] = broken

    def fix() -> None:
        consumer.handlers["PostCreated"] = sound

    post = posts.create_post("A title", "text")
    posts.update_post(post.id, title="A better title")
    assert consumer.catch_up() == (0, 2, False)
    yield fix
    fix()


def act(client: Client, action: str, *positions: int, **given: str) -> str:
    """Chooses the events at these positions, or the first; what the page then says."""
    rows = ParkedEvent.objects.filter(position__in=positions or [1])
    data = {"action": action, "_selected_action": [str(row.pk) for row in rows], **given}
    return client.post(LIST, data, follow=True).text


def services() -> str:
    out = StringIO()
    call_command("services", stdout=out)
    return out.getvalue()


def test_the_terminal_says_so_and_the_answer_is_no(fix: Callable[[], None]) -> None:
    out = StringIO()
    with pytest.raises(
        CommandError, match=r"1 event could not be handled, and 1 waits behind: see why"
    ) as error:
        call_command("services", stdout=out)
    assert error.value.returncode == 1
    assert "1 and 1 behind" in out.getvalue()
    fix()
    act(browser_of("superuser"), "retry")
    assert "behind" not in services()


@pytest.mark.parametrize("option", ["--missed", "--list", "--verify", ""])
def test_so_does_every_replay_until_it_is_mended(fix: Callable[[], None], option: str) -> None:
    options = [option] if option else []
    with pytest.raises(CommandError, match="1 event could not be handled, and 1 waits") as error:
        call_command("replay_events", *options, stdout=StringIO())
    assert error.value.returncode == 1
    fix()
    act(browser_of("superuser"), "retry")
    call_command("replay_events", *options, stdout=StringIO())


def test_a_dry_run_says_what_a_rebuild_would_park(fix: Callable[[], None]) -> None:
    out = StringIO()
    with pytest.raises(CommandError, match="2 events could not be replayed"):
        call_command("replay_events", "--dry-run", stdout=out)
    assert "Nothing was changed." in out.getvalue()
    fix()
    call_command("replay_events", "--dry-run", stdout=out)


def test_a_rebuild_handles_what_was_parked_once_it_is_mended(fix: Callable[[], None]) -> None:
    fix()
    with pytest.raises(CommandError, match="replay_events makes it right"):
        call_command("replay_events", "--verify", stdout=StringIO())
    call_command("replay_events", stdout=StringIO())
    call_command("replay_events", "--verify", stdout=StringIO())


def test_the_admin_shows_why_and_retries_in_order(fix: Callable[[], None]) -> None:
    client = browser_of("superuser")
    shown = client.get(LIST).text
    assert "ValueError: a bug of ours" in shown
    row = ParkedEvent.objects.get(position=1)
    assert "Traceback" in client.get(f"{LIST}{row.pk}/change/").text
    assert "0 events handled; failed and still here: 1." in act(client, "retry")
    fix()
    assert "2 events handled" in act(client, "retry")
    assert PostView.objects.get().title == "A better title"
    assert not ParkedEvent.objects.exists()


def test_readers_who_ask_for_what_is_new_get_what_was_retried(fix: Callable[[], None]) -> None:
    reader = Client()
    before = reader.get("/api/query/posts/")
    assert before.json()["results"] == []
    fix()
    act(browser_of("superuser"), "retry")
    tag = before.headers["ETag"]
    after = reader.get("/api/query/posts/", headers={"If-None-Match": tag})
    assert [post["title"] for post in after.json()["results"]] == ["A better title"]


def test_the_admin_discards_for_a_reason_only(fix: Callable[[], None]) -> None:
    client = browser_of("superuser")
    assert "Enter a reason" in act(client, "discard", reason=" ")
    said = act(client, "discard", reason="written by a mistake of ours")
    assert "1 discarded, 1 that waited handled." in said
    kept = ParkedEvent.objects.get()
    assert (kept.position, kept.state) == (1, "discarded")
    assert kept.reason == "written by a mistake of ours"
    assert kept.discarded_by
    assert PostView.objects.get().title == "A better title"
    assert "behind" not in services()


def test_one_that_waits_is_not_decided_on_before_what_it_waits_for(fix: Callable[[], None]) -> None:
    fix()
    client = browser_of("superuser")
    first = f'<a href="?q={ParkedEvent.objects.get(position=1).key}">1</a>'
    assert f"behind {first}" in client.get(LIST).text
    for action in ("retry", "discard"):
        said = act(client, action, 2, reason="It is in the way.")
        assert "What waits stays as it was (2)" in said
        assert f"first retry or discard what it waits for, {first}." in said
        assert not any(untrue in said for untrue in ("events handled", "1 discarded"))
        assert ParkedEvent.objects.count() == 2
    assert "2 events handled." in act(client, "retry", 1, 2)
    assert not ParkedEvent.objects.exists()


def test_who_waited_for_a_discarded_one_and_fails_too_is_named(fix: Callable[[], None]) -> None:
    def broken(event: object) -> None:
        raise ValueError("another bug")

    client, sound = browser_of("superuser"), consumer.handlers["PostUpdated"]
    consumer.handlers["PostUpdated"] = broken
    try:
        said = act(client, "discard", 1, 2, reason="It is in the way.")
    finally:
        consumer.handlers["PostUpdated"] = sound
    assert "1 discarded, 0 that waited handled; failed and still here: 2." in said
    assert "There is nothing to decide about these." in act(client, "retry")


def test_who_has_no_right_to_it_cannot(fix: Callable[[], None]) -> None:
    fix()
    for who in ("anonymous", "user", "moderator", "staff"):
        browser_of(who).post(LIST, {"action": "retry", "_selected_action": "1"})
    assert ParkedEvent.objects.count() == 2
