"""A consumer that a person has paused: it keeps its place, events wait for it, and it goes on
where it stood."""

from collections.abc import Callable
from io import StringIO

import pytest
from django.conf import LazySettings
from django.core.management import CommandError, call_command
from django.test import Client

from eventstore import standing, tasks
from eventstore.consumer import consumers
from eventstore.models import Event, Head, Subscription
from eventstore.parking import State
from posts import services as posts
from query.models import PostView
from tests.brokers import nudges
from tests.eventstore.events import all_workers_seen, perform

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")


@pytest.fixture(autouse=True)
def _awake() -> None:
    all_workers_seen()
    for service in consumers():
        nudges(service)


def position() -> int:
    return consumers()["query"].position()


def shown() -> list[str]:
    return list(PostView.objects.order_by("created_at", "id").values_list("title", flat=True))


def write(*titles: str) -> None:
    for title in titles:
        posts.create_post(title, "A body")


def services() -> str:
    out = StringIO()
    call_command("services", stdout=out)
    return out.getvalue()


def test_it_is_not_nudged_does_not_handle_and_goes_on_where_it_stood() -> None:
    write("One")
    tasks.consume("query")
    nudges("query")
    assert standing.pause("query", "Ann")

    write("Two", "Three")
    assert nudges("query") == []
    assert nudges("comments") == ["consume"]  # the others go on
    perform(tasks.consume, "query")  # a nudge that was on its way
    perform(tasks.sweep, "query")
    assert (position(), shown()) == (1, ["One"])
    assert Head.objects.get().position == 3

    assert standing.resume("query", "Ann")
    assert nudges("query") == ["consume"]
    tasks.consume("query")
    assert (position(), shown()) == (3, ["One", "Two", "Three"])
    write("Four")
    assert nudges("query") == ["consume"]


def test_it_stays_paused_when_its_worker_starts_again_and_what_it_publishes_is_relayed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    standing.pause("query", "Ann")
    with monkeypatch.context() as patch:
        patch.setattr("eventstore.outbox.relay_quietly", lambda *_, **__: None)
        write("One")
    assert Head.objects.count() == 0
    perform(tasks.sweep, "query")  # as a worker does first
    row = Subscription.objects.get(consumer="query")
    assert (row.paused_by, row.paused_at is None) == ("Ann", False)
    assert Head.objects.get().position == 1
    assert position() == 0


def test_a_catch_up_ends_with_its_batch(
    settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.CONSUMER_BATCH = 1
    monkeypatch.setattr(tasks, "PAUSE_CHECK_SECONDS", 0)
    write("One", "Two", "Three")
    query = consumers()["query"]
    handle = query.handlers["PostCreated"]

    def handle_and_pause(event: object) -> object:
        if position() == 1:
            standing.pause("query", "Ann")
        return handle(event)

    with monkeypatch.context() as patch:
        patch.setitem(query.handlers, "PostCreated", handle_and_pause)
        nudges("query")
        assert tasks.consume("query") == {"consumer": "query", "handled": 2, "position": 2}
    assert nudges("query") == []
    assert shown() == ["One", "Two"]
    standing.resume("query", "Ann")
    tasks.consume("query")
    assert shown() == ["One", "Two", "Three"]


def test_the_event_store_is_not_read_before_each_batch(
    settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.CONSUMER_BATCH = 1
    asked: list[str] = []

    def is_paused(name: str) -> bool:
        asked.append(name)
        return False

    monkeypatch.setattr(Subscription, "is_paused", is_paused)
    monkeypatch.setattr(tasks, "PAUSE_CHECK_SECONDS", 60)
    write(*map(str, range(5)))
    tasks.consume("query")
    assert (position(), asked) == (5, [])


def test_what_is_to_be_retried_waits_too(
    settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.RETRY_SCALE = 0
    query = consumers()["query"]
    with monkeypatch.context() as patch:
        patch.setitem(query.handlers, "PostCreated", lambda event: 1 / 0)
        write("One")
        tasks.consume("query")
    standing.pause("query", "Ann")
    assert query.retry(Event.objects.get().subject, by="Ann") == 1
    tasks.consume("query")
    tasks.sweep("query")
    assert query.parking.rows(State.PARKED).count() == 1
    standing.resume("query", "Ann")
    tasks.consume("query")
    assert query.parking.rows(*State).count() == 0
    assert shown() == ["One"]


def test_a_rebuild_works_and_leaves_it_paused() -> None:
    write("One", "Two")
    standing.pause("query", "Ann")
    call_command("replay_events", "--until", "1", stdout=StringIO())
    tasks.sweep("query")
    assert (position(), shown()) == (1, ["One"])  # a past state is kept
    call_command("replay_events", "query", "--missed", stdout=StringIO())
    write("Three")
    tasks.sweep("query")
    assert (position(), shown()) == (2, ["One", "Two"])


def test_a_log_that_went_back_moves_its_checkpoint_only_afterwards() -> None:
    write("One", "Two")
    tasks.consume("query")
    standing.pause("query", "Ann")
    Event.objects.filter(position=2).delete()
    Head.objects.update(position=1)
    tasks.sweep("query")
    assert position() == 2
    standing.resume("query", "Ann")
    tasks.sweep("query")
    assert position() == 1


def test_one_that_has_never_started_can_be_paused(client: Client) -> None:
    Subscription.objects.all().delete()
    assert standing.pause("query", "Ann")
    assert "paused since" in services()
    assert client.get("/metrics").status_code == 200
    standing.resume("query", "Ann")
    assert "never started" in services()
    write("One")  # its row wakes nobody for types that it does not know
    tasks.sweep("query")
    assert shown() == ["One"]


@pytest.mark.parametrize("change", [standing.pause, standing.resume])
def test_the_first_one_to_do_it_is_who_did_it(change: Callable[[str, str], bool]) -> None:
    standing.pause("query", "Ann")
    if change is standing.resume:
        standing.resume("query", "Ann")
    nudges("query")
    assert change("query", "Ben") is False
    assert nudges("query") == []
    assert Subscription.objects.get(consumer="query").paused_by in ("Ann", "")


def test_the_command_pauses_and_resumes_and_shows_it() -> None:
    write("One")
    out = StringIO()
    call_command("services", "pause", "query", stdout=out)
    assert "query is paused: it keeps its place, and events wait for it." in out.getvalue()
    call_command("services", "pause", "query", stdout=out)
    assert "query was already paused." in out.getvalue()
    [line] = [line for line in services().splitlines() if "query" in line]
    assert "by manage.py services" in line
    assert "paused since" in line
    call_command("services", "resume", "query", stdout=out)
    assert "query goes on where it stands." in out.getvalue()
    assert "paused" not in services()
    for arguments in (["pause"], ["pause", "posts"], ["resume", "nobody"]):
        with pytest.raises(CommandError, match="comments, moderation, query") as refused:
            call_command("services", *arguments)
        assert refused.value.returncode == 2


def test_a_probe_is_ready_and_the_figures_show_it(client: Client, settings: LazySettings) -> None:
    settings.READY_LAG_SECONDS = 0.001
    write("One")
    for name in ("comments", "moderation"):
        tasks.consume(name)
    assert client.get("/readyz").status_code == 503
    standing.pause("query", "Ann")
    ready = client.get("/readyz")
    assert (ready.status_code, ready.json()["paused"]) == (200, ["query"])
    text = client.get("/metrics").text
    assert 'hindsight_consumer_paused{consumer="query"} 1.0' in text
    assert 'hindsight_consumer_paused{consumer="comments"} 0.0' in text
