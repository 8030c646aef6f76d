"""Parking: an event that cannot be handled is set aside, what belongs to it waits."""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import StringIO
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.conf import LazySettings
from django.contrib.admin.models import LogEntry
from django.core.management import CommandError, call_command
from django.db import DataError, connections
from django.test import Client
from django.test.utils import CaptureQueriesContext

from eventstore.consumer import Consumer
from eventstore.contracts import BadEvent, CommentDeleted, PostCreated, PostUpdated
from eventstore.models import Event
from eventstore.parking import State
from eventstore.rebuild import Rebuild
from posts import services as posts
from query.models import Checkpoint, ParkedEvent, PostView, Waypoint
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
    with own_consumer(Checkpoint, ParkedEvent, Waypoint) as consumer:

        @consumer.handles(PostCreated, PostUpdated)
        def record(event: PostCreated | PostUpdated) -> PostView:
            if event.title in poison:
                raise ValueError(f"cannot bear {event.title}")
            return PostView(id=event.post_id, title=event.title, body="", created_at=NOON)

        yield consumer


def updated(post_id: UUID, title: str) -> PostUpdated:
    return PostUpdated(post_id=post_id, title=title, body="", created_at=NOON)


@contextmanager
def own_name(consumer: Consumer) -> Iterator[None]:
    """A worker's queue for it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("eventstore.admin.wake", lambda names: None)
        yield


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
    assert consumer.retry(stuck, by="mo") == 1
    assert aside() == [(2, "parked"), (4, "waiting"), (6, "waiting")]
    assert consumer.catch_up() == (3, 6, False)
    assert titles() == ["last", "other, later"]
    assert aside() == []
    publish(updated(stuck, "as ever"))
    assert consumer.catch_up() == (1, 7, False)


def test_a_retry_that_fails_keeps_everything_and_the_order(
    stuck: UUID, consumer: Consumer, poison: set[str]
) -> None:
    consumer.retry(stuck)
    assert consumer.catch_up() == (0, 6, False)
    assert aside() == [(2, "parked"), (4, "waiting"), (6, "waiting")]
    parked = ParkedEvent.objects.get(position=2)
    assert (parked.attempts, parked.retry_at) == (6, None)
    assert consumer.catch_up() == (0, 6, False)
    assert ParkedEvent.objects.get(position=2).attempts == 6
    poison.clear()
    poison.add("later")
    consumer.retry(stuck)
    assert consumer.catch_up() == (1, 6, False)
    assert aside() == [(4, "parked"), (6, "waiting")]
    assert titles() == ["bad", "other, later"]


def test_a_person_discards_it_with_a_reason_and_what_waits_follows(
    stuck: UUID, consumer: Consumer
) -> None:
    assert consumer.discard(2, by="mo", reason="a typo of the importer's") == [2]
    assert consumer.catch_up() == (2, 6, False)
    assert titles() == ["last", "other, later"]
    kept = ParkedEvent.objects.get()
    assert (kept.position, kept.state) == (2, State.DISCARDED)
    assert (kept.discarded_by, kept.reason) == ("mo", "a typo of the importer's")
    assert consumer.discard(2, by="mo", reason="again") == []


def test_only_the_oldest_can_be_discarded(stuck: UUID, consumer: Consumer) -> None:
    assert consumer.discard(4, by="mo", reason="it only waits") == []
    assert aside() == [(2, "parked"), (4, "waiting"), (6, "waiting")]


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
    kind = "UnknownEvent: " if unreadable.type == "NobodyKnows" else "BadEvent: "
    assert parked.error.startswith(kind)
    assert parked.attempts == 1


def test_seven_hundred_events_of_a_type_that_nobody_knows_are_parked_by_the_batch(
    consumer: Consumer, settings: LazySettings
) -> None:
    settings.RETRY_SCALE = 1.0  # a pause would be noticed
    about = uuid4()
    append(*(new_event("NobodyKnows") for _ in range(700)))
    publish(post_created("after", about))
    append(new_event("NobodyKnows", data=f'{{"post_id": "{about}"}}'))
    publish(updated(about, "waits"), post_created("other"))
    began = time.monotonic()
    with CaptureQueriesContext(connections["query"]) as queries:
        assert consumer.catch_up() == (2, 704, False)
    assert time.monotonic() - began < 60  # of the ten minutes of their retries
    assert titles() == ["after", "other"]
    assert Counter(state for _, state in aside()) == {"parked": 701, "waiting": 1}
    assert (702, "parked") in aside()
    assert (703, "waiting") in aside()
    assert len(queries) < 60
    assert not any("ROLLBACK" in query["sql"] for query in queries)


def test_data_that_the_database_refuses_is_not_tried_again(consumer: Consumer) -> None:
    tried = []

    @consumer.handles(PostCreated)
    def refused(event: PostCreated) -> None:
        tried.append(event.title)
        raise DataError("value too long")

    publish(post_created("long"))
    assert consumer.catch_up() == (0, 1, False)
    assert aside() == [(1, "parked")]
    assert tried == ["long"] * 2  # in the batch, and alone


def test_what_an_earlier_version_parked_and_this_one_does_not_subscribe_to_is_dropped(
    consumer: Consumer,
) -> None:
    """It subscribed to the type then; now its retry has nothing to do, and what waits follows."""
    comment = CommentDeleted(comment_id=uuid4(), post_id=uuid4())
    [event_id] = publish(comment)
    event = Event.objects.get(id=event_id)
    ParkedEvent.of("own", event, State.PARKED).failed(ValueError("a bug"), 5).save()
    publish(post_created("behind it", comment.post_id))
    assert consumer.catch_up() == (0, 2, False)
    consumer.retry(comment.post_id)
    consumer.catch_up()
    assert aside() == []
    assert titles() == ["behind it"]


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
    page = client.post(LIST, data, follow=True).text
    query.catch_up()  # as its worker does, which was nudged
    return page


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
    assert "1 to be retried, 1 that wait behind follow." in act(client, "retry")
    assert ParkedEvent.objects.get(position=1).attempts == row.attempts + 1
    fix()
    act(client, "retry")
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
    assert "1 discarded, 1 that wait behind follow." in message
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
        assert not any(untrue in message for untrue in ("to be retried", "1 discarded"))
        assert ParkedEvent.objects.count() == 2
    assert "1 to be retried, 1 that wait behind follow." in act(client, "retry", 1, 2)
    assert not ParkedEvent.objects.exists()


def test_one_that_waited_for_a_discarded_one_and_fails_too_is_parked_with_its_error(
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
    assert "1 discarded, 1 that wait behind follow." in message
    assert aside() == [(1, "discarded"), (2, "parked")]
    assert "ValueError: another bug" in client.get(LIST).text
    query.discard(2, by="mo", reason="so is this")
    assert "There is nothing to decide about these." in act(client, "retry")


def test_retry_and_discard_need_the_permission(fix: Callable[[], None]) -> None:
    fix()
    for who in ("anonymous", "user", "moderator", "staff"):
        browser_of(who).post(LIST, {"action": "retry", "_selected_action": "1"})
    assert ParkedEvent.objects.count() == 2


def test_retry_in_the_admin_only_marks_and_the_worker_does_it(fix: Callable[[], None]) -> None:
    fix()
    client = browser_of("superuser")
    row = ParkedEvent.objects.get(position=1)
    client.post(LIST, {"action": "retry", "_selected_action": [str(row.pk)]})
    assert aside() == [(1, "parked"), (2, "waiting")]
    shown = client.get(LIST).text
    assert "to be retried since" in shown
    query.catch_up(seconds=-1)  # a task without time left
    assert ParkedEvent.objects.count() == 2
    assert query.catch_up().handled == 2
    history = client.get(f"/admin/query/parkedevent/{row.pk}/history/", follow=True)
    assert LogEntry.objects.get(object_id=row.pk).change_message == "To be retried."
    assert history.status_code == 200


def test_thousands_of_parked_events_are_decided_on_in_one_request_and_handled_in_turn_with_new_ones(
    consumer: Consumer, poison: set[str], settings: LazySettings
) -> None:
    """The worker's transactions are short, so that nothing else has to wait for their end."""
    settings.BATCH_TIME = 0.05
    lost = [new_event("NobodyKnows") for _ in range(1_200)]
    append(*lost)
    consumer.catch_up()
    assert len(aside()) == 1_200
    client = browser_of("superuser")
    everything = {"action": "retry", "select_across": "1", "index": "0"}
    one = str(ParkedEvent.objects.values_list("pk", flat=True)[0])
    with own_name(consumer), CaptureQueriesContext(connections["query"]) as queries:
        page = client.post(LIST, {**everything, "_selected_action": [one]}, follow=True)
    assert "1,200 to be retried." in page.text
    assert len(queries) < 40
    publish(post_created("new"))

    seen: list[int] = []

    @consumer.handles(PostCreated)
    def record(event: PostCreated) -> None:
        seen.append(ParkedEvent.objects.filter(retry_at__isnull=False).count())

    consumer.catch_up()
    assert seen
    assert seen[0] > 0, "the new event had to wait for all that is retried"
    assert not ParkedEvent.objects.filter(retry_at__isnull=False).exists()


def test_what_an_older_version_could_not_read_is_handled_by_itself_after_the_upgrade(
    consumer: Consumer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its type is known now. What is still unknown stays, and so does what failed."""
    about = post_created("from a newer version")
    [newer, failed] = (publish(about), publish(post_created("bad")))
    append(new_event("NobodyKnows"))
    for event in Event.objects.all():
        error: Exception = BadEvent(f"no contract is called {event.type!r}")
        if event.id in failed:
            error = ValueError("a bug")
        ParkedEvent.of("own", event, State.PARKED).failed(error, 5).save()
    Checkpoint.objects.create(consumer="own", position=3)
    publish(updated(about.post_id, "changed since"))
    assert newer

    assert consumer.catch_up() == (2, 4, False)
    assert titles() == ["changed since"]
    assert aside() == [(2, "parked"), (3, "parked")]


def test_a_parked_event_that_the_log_has_lost_can_only_be_discarded(
    stuck: UUID, consumer: Consumer
) -> None:
    ParkedEvent.objects.filter(position=2).update(event_id=uuid4())
    consumer.retry(stuck)
    consumer.catch_up()
    assert ParkedEvent.objects.get(position=2).error == (
        "EventLost: the log no longer has this event: it can only be discarded"
    )
    consumer.discard(2, by="mo", reason="it is lost")
    assert consumer.catch_up().handled == 2
    assert titles() == ["last", "other, later"]


def test_a_retry_that_hangs_or_kills_its_process_leaves_the_others_alone(
    consumer: Consumer, settings: LazySettings
) -> None:
    settings.HANDLER_TIME_LIMIT = 0.2
    one, other = post_created("hangs"), post_created("well")
    publish(one, other)
    for event in Event.objects.all():
        ParkedEvent.of("own", event, State.PARKED).failed(ValueError("a bug"), 5).save()
    Checkpoint.objects.create(consumer="own", position=2)

    @consumer.handles(PostCreated)
    def hang(event: PostCreated) -> PostView:
        if event.title == "hangs":
            time.sleep(60)
        return PostView(id=event.post_id, title=event.title, body="", created_at=NOON)

    consumer.retry(one.post_id, other.post_id)
    assert consumer.catch_up() == (1, 2, False)
    assert ParkedEvent.objects.get().error == "HandlerTimeout: no response within 0.2 seconds"
    assert titles() == ["well"]
