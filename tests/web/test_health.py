"""Probes and metrics: is this process alive, can it work, how far have its services come?"""

import sqlite3
from datetime import timedelta
from typing import Self

import pytest
from django.conf import LazySettings
from django.core.management import call_command
from django.db import OperationalError, connections
from django.test import Client
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from comments import services as comments
from config.services import ALL_SERVICES
from eventstore import outbox
from eventstore.consumer import consumers
from eventstore.models import Event, Head, Subscription
from posts import services as posts
from posts.models import Post
from tests.away import no_store as no_store
from tests.histories import park_a_post, settle

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")


def test_healthz_reports_a_live_process(client: Client, no_store: None) -> None:
    response = client.get("/healthz")

    assert response.status_code == 200
    assert response.json()["status"] == "ok"
    assert response.json()["services"] == ALL_SERVICES


def test_a_process_is_ready_if_its_databases_are_available(client: Client) -> None:
    response = client.get("/readyz")

    assert (response.status_code, response.json()) == (
        200,
        {"status": "ok", "down": [], "behind": {}, "paused": []},
    )


def test_a_process_is_not_ready_if_a_database_is_unavailable(
    client: Client, no_store: None
) -> None:
    response = client.get("/readyz")

    assert response.status_code == 503
    assert response.json() == {
        "status": "unavailable",
        "down": ["eventstore"],
        "behind": {},
        "paused": [],
    }


def test_a_process_is_not_ready_where_a_database_was_made_anew(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It answers, and has no tables."""
    empty = sqlite3.connect(":memory:")

    class Cursor:
        def __enter__(self) -> Self:
            return self

        def __exit__(self, *_: object) -> None:
            pass

        def execute(self, sql: str) -> None:
            try:
                empty.execute(sql)
            except sqlite3.OperationalError as error:
                raise OperationalError(str(error)) from error

    monkeypatch.setattr(connections["query"], "cursor", Cursor)

    response = client.get("/readyz")

    assert (response.status_code, response.json()["down"]) == (503, ["query"])


def test_a_process_is_not_ready_while_a_service_of_it_is_far_behind(
    client: Client, post: Post, settings: LazySettings
) -> None:
    settings.READY_LAG_SECONDS = 0.001
    comments.create_comment(post.id, "Ann", "A kind word")

    response = client.get("/readyz")
    assert (response.status_code, response.json()["status"]) == (503, "unavailable")
    assert response.json()["behind"].keys() == {"moderation", "query"}

    settings.READY_LAG_SECONDS = 60
    assert client.get("/readyz").status_code == 200
    settings.READY_LAG_SECONDS = 0
    assert client.get("/readyz").status_code == 200
    settings.READY_LAG_SECONDS = 0.001
    settle()
    assert client.get("/readyz").json() == {"status": "ok", "down": [], "behind": {}, "paused": []}


def figures(client: Client) -> dict[tuple[str, ...], float]:
    """Each figure by its name and labels (in the order of their names)."""
    response = client.get("/metrics")
    assert response.headers["Content-Type"].startswith("text/plain")
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(response.text)
        for sample in family.samples
    }


def test_metrics_show_the_position_of_each_service(client: Client, post: Post) -> None:
    comments.create_comment(post.id, "Ann", "A kind word")

    values = figures(client)
    assert values["hindsight_events_appended_total",] == 2
    assert values["hindsight_consumer_handled_total", "query"] == 1
    assert values["hindsight_consumer_position", "moderation"] == 1
    assert values["hindsight_consumer_lag_events", "moderation"] == 1
    assert values["hindsight_consumer_lag_seconds", "moderation"] > 0

    settle()
    values = figures(client)
    assert values["hindsight_consumer_lag_events", "moderation"] == 0
    assert values["hindsight_consumer_lag_seconds", "moderation"] == 0
    assert values["hindsight_events_appended_total",] == 4
    handled = {name: values["hindsight_consumer_handled_total", name] for name in consumers()}
    assert handled == {"comments": 2, "moderation": 3, "query": 3}


def test_a_rebuild_handles_nothing_anew(client: Client, post: Post) -> None:
    call_command("replay_events")

    assert figures(client)["hindsight_consumer_handled_total", "query"] == 1


def test_metrics_show_the_backlog_of_an_outbox(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(outbox, "relay_quietly", lambda *_, **__: None)
        posts.create_post("A title", "A body")
    values = figures(client)
    assert values["hindsight_outbox_events", "posts"] == 1
    assert values["hindsight_outbox_oldest_seconds", "posts"] > 0

    settle()
    values = figures(client)
    assert values["hindsight_outbox_events", "posts"] == 0
    assert values["hindsight_outbox_oldest_seconds", "posts"] == 0


def test_metrics_show_parked_events_and_those_behind_them(
    client: Client, settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    post, query = park_a_post(settings, monkeypatch), consumers()["query"]
    parked = "hindsight_consumer_parked_events"
    values = figures(client)
    assert (values[parked, "query", "parked"], values[parked, "query", "waiting"]) == (1, 1)
    assert values[parked, "moderation", "parked"] == 0

    query.retry(post.id)
    query.catch_up()
    values = figures(client)
    assert (values[parked, "query", "parked"], values[parked, "query", "waiting"]) == (0, 0)
    assert values["hindsight_consumer_handled_total", "query"] == 2


def test_metrics_show_when_a_worker_was_last_seen(client: Client, post: Post) -> None:
    seen = "hindsight_consumer_seen_seconds"
    assert (seen, "query") not in figures(client)  # it never ran

    Subscription.objects.create(consumer="query", seen_at=timezone.now() - timedelta(seconds=90))
    Subscription.objects.create(consumer="gone", seen_at=timezone.now())

    values = figures(client)
    assert 90 <= values[seen, "query"] < 90 + 60
    assert (seen, "gone") not in values


def test_metrics_show_a_log_that_went_back(client: Client, post: Post) -> None:
    assert figures(client)["hindsight_consumer_log_went_back", "query"] == 0

    Event.objects.all().delete()
    Head.objects.update(position=0)

    assert figures(client)["hindsight_consumer_log_went_back", "query"] == 1


def test_metrics_count_responses_by_the_name_of_the_address(client: Client, post: Post) -> None:
    count = "hindsight_http_request_seconds_count"
    found, lost = (count, "query:post-detail", "GET", "200"), (count, "", "GET", "404")
    before = figures(client)
    another = posts.create_post("Another", "A body")
    settle()
    for address in (f"/posts/{post.slug}/", f"/posts/{another.slug}/", "/nowhere/", "/x/y/"):
        client.get(address)

    values = figures(client)
    assert values[found] - before.get(found, 0) == 2
    assert values[lost] - before.get(lost, 0) == 2


def test_metrics_of_an_unavailable_database_are_left_out(
    client: Client, post: Post, no_store: None
) -> None:
    values = figures(client)
    assert values["hindsight_database_up", "eventstore"] == 0
    assert ("hindsight_events_appended_total",) not in values
    assert values["hindsight_database_up", "comments"] == 1
    assert values["hindsight_outbox_events", "comments"] == 0
    assert "process_resident_memory_bytes" in client.get("/metrics").text
