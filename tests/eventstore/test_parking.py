"""Parking: an event that cannot be handled is set aside, what belongs to it waits."""

from collections.abc import Callable, Iterator
from io import StringIO
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.conf import LazySettings
from django.core.management import CommandError, call_command
from django.test import Client

from eventstore.consumer import Consumer, NotParked
from eventstore.contracts import PostCreated, PostUpdated
from eventstore.parking import State
from eventstore.rebuild import Rebuild
from posts import services as posts
from query.models import Checkpoint, ParkedEvent, PostView
from query.models import consumer as query
from tests.eventstore.events import NOON, append, new_event, own_consumer, post_created, publish
from tests.people import browser_of

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")


@pytest.fixture
def poison() -> set[str]:
    """The titles that the handler cannot bear."""
    return set()


@pytest.fixture
def consumer(settings: LazySettings, poison: set[str]) -> Iterator[Consumer]:
    settings.RETRY_SCALE = 0
    with own_consumer(Checkpoint, ParkedEvent) as consumer:

        @consumer.handles(PostCreated, PostUpdated)
        def record(event: PostCreated | PostUpdated) -> PostView:
            if event.title in poison:
                raise ValueError(f"cannot bear {event.title}")
            return PostView(id=event.post_id, title=event.title, body="", created_at=NOON)

        yield consumer


def updated(post_id: UUID, title: str) -> PostUpdated:
    return PostUpdated(post_id=post_id, title=title, body="", created_at=NOON)


def titles() -> list[str]:
    return sorted(PostView.objects.values_list("title", flat=True))


def aside() -> list[tuple[int, str]]:
    return list(ParkedEvent.objects.values_list("position", "state"))


@pytest.fixture
def stuck(consumer: Consumer, poison: set[str]) -> UUID:
    """A post whose second event fails, with a third and fourth behind it, and another post."""
    poison.add("bad")
    post_id, other = uuid4(), uuid4()
    publish(
        post_created("good", post_id),
        updated(post_id, "bad"),
        post_created("other", other),
        updated(post_id, "later"),
        updated(other, "other, later"),
    )
    assert consumer.catch_up() == (3, 5, False)
    publish(updated(post_id, "last"))
    assert consumer.catch_up() == (0, 6, False)
    return post_id


# --- Parking: an event that cannot be handled is set aside, what belongs to it waits


def test_the_rest_goes_on_and_what_belongs_to_it_waits(stuck: UUID) -> None:
    assert titles() == ["good", "other, later"]
    assert aside() == [(2, "parked"), (4, "waiting"), (6, "waiting")]
    parked = ParkedEvent.objects.get(state=State.PARKED)
    assert parked.key == stuck
    assert parked.error == "ValueError: cannot bear bad"
    assert "in record" in parked.traceback
    assert parked.attempts == 5


def test_a_retry_after_the_fix_handles_it_and_what_waits_in_order(
    stuck: UUID, consumer: Consumer, poison: set[str]
) -> None:
    poison.clear()
    assert consumer.retry(stuck) == 3
    assert titles() == ["last", "other, later"]
    assert aside() == []
    publish(updated(stuck, "as ever"))
    assert consumer.catch_up() == (1, 7, False)


def test_a_retry_that_fails_keeps_everything_and_the_order(
    stuck: UUID, consumer: Consumer, poison: set[str]
) -> None:
    assert consumer.retry(stuck) == 0
    assert aside() == [(2, "parked"), (4, "waiting"), (6, "waiting")]
    assert ParkedEvent.objects.get(position=2).attempts == 6
    poison.clear()
    poison.add("later")
    assert consumer.retry(stuck) == 1
    assert aside() == [(4, "parked"), (6, "waiting")]
    assert titles() == ["bad", "other, later"]


def test_a_person_discards_it_with_a_reason_and_what_waits_follows(
    stuck: UUID, consumer: Consumer
) -> None:
    assert consumer.discard(2, by="mo", reason="a typo of the importer's") == 2
    assert titles() == ["last", "other, later"]
    kept = ParkedEvent.objects.get()
    assert (kept.position, kept.state) == (2, State.DISCARDED)
    assert (kept.discarded_by, kept.reason) == ("mo", "a typo of the importer's")
    with pytest.raises(NotParked):
        consumer.discard(2, by="mo", reason="again")


def test_only_the_oldest_can_be_discarded(stuck: UUID, consumer: Consumer) -> None:
    with pytest.raises(NotParked):
        consumer.discard(4, by="mo", reason="it only waits")


@pytest.mark.parametrize(
    "unreadable",
    [
        new_event("NobodyKnows"),
        new_event("PostCreated", data="no JSON"),
        new_event("PostCreated", data='{"post_id": "1"}'),
        new_event("PostCreated", data="{}"),
    ],
    ids=["unknown type", "no JSON", "wrong types", "nothing in it"],
)
def test_an_unreadable_event_is_parked_too(consumer: Consumer, unreadable: Any) -> None:
    publish(post_created("before"))
    append(unreadable)
    publish(post_created("after"))
    assert consumer.catch_up() == (2, 3, False)
    assert titles() == ["after", "before"]
    [parked] = ParkedEvent.objects.all()
    assert (parked.position, parked.key) == (2, unreadable.subject)
    assert parked.error.startswith("BadEvent: ")


def test_a_rebuild_tries_everything_again_but_what_was_discarded(
    stuck: UUID, consumer: Consumer, poison: set[str]
) -> None:
    again = Rebuild(consumer, 2, lambda events, at: None).switch()
    assert again.parked == 3
    assert titles() == ["good", "other, later"]
    assert aside() == [(2, "parked"), (4, "waiting"), (6, "waiting")]
    consumer.discard(2, by="mo", reason="never mind")
    poison.clear()
    Rebuild(consumer, 2, lambda events, at: None).switch()
    assert titles() == ["last", "other, later"]
    assert aside() == [(2, "discarded")]


def test_an_error_that_passes_parks_nothing(consumer: Consumer, poison: set[str]) -> None:
    """A few tries come first."""
    poison.add("shaky")
    tries = 0

    @consumer.handles(PostCreated)
    def shaky(event: PostCreated) -> None:
        nonlocal tries
        tries += 1
        if tries < 4:
            raise TimeoutError

    publish(post_created("shaky"))
    assert consumer.catch_up() == (1, 1, False)
    assert aside() == []


# --- Parked events in the admin and in the terminal: shown, retried, discarded


LIST = "/admin/query/parkedevent/"


@pytest.fixture
def fix(settings: LazySettings) -> Iterator[Callable[[], None]]:
    """A post that query cannot bear, and a change of it that waits; call it to mend query."""
    settings.RETRY_SCALE = 0
    sound = query.handlers["PostCreated"]

    def broken(event: object) -> None:
        raise ValueError("a bug of ours")

    query.handlers["PostCreated"] = broken

    def fix() -> None:
        query.handlers["PostCreated"] = sound

    post = posts.create_post("A title", "text")
    posts.update_post(post.id, title="A better title")
    assert query.catch_up() == (0, 2, False)
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


def test_the_terminal_reports_parked_events_with_exit_code_1(fix: Callable[[], None]) -> None:
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


def test_a_dry_run_reports_what_a_rebuild_would_park(fix: Callable[[], None]) -> None:
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


def test_a_conditional_request_gets_what_was_retried(fix: Callable[[], None]) -> None:
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
    message = act(client, "discard", reason="written by a mistake of ours")
    assert "1 discarded, 1 that waited handled." in message
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
        message = act(client, action, 2, reason="It is in the way.")
        assert "What waits stays as it was (2)" in message
        assert f"first retry or discard what it waits for, {first}." in message
        assert not any(untrue in message for untrue in ("events handled", "1 discarded"))
        assert ParkedEvent.objects.count() == 2
    assert "2 events handled." in act(client, "retry", 1, 2)
    assert not ParkedEvent.objects.exists()


def test_one_that_waited_for_a_discarded_one_and_fails_too_is_named(
    fix: Callable[[], None],
) -> None:
    def broken(event: object) -> None:
        raise ValueError("another bug")

    client, sound = browser_of("superuser"), query.handlers["PostUpdated"]
    query.handlers["PostUpdated"] = broken
    try:
        message = act(client, "discard", 1, 2, reason="It is in the way.")
    finally:
        query.handlers["PostUpdated"] = sound
    assert "1 discarded, 0 that waited handled; failed and still here: 2." in message
    assert "There is nothing to decide about these." in act(client, "retry")


def test_retry_and_discard_need_the_permission(fix: Callable[[], None]) -> None:
    fix()
    for who in ("anonymous", "user", "moderator", "staff"):
        browser_of(who).post(LIST, {"action": "retry", "_selected_action": "1"})
    assert ParkedEvent.objects.count() == 2
