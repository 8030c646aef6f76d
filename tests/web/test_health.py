"""Probes and metrics: is this process alive, can it work, how far have its services come?"""

import sqlite3
from typing import Self

import pytest
from django.conf import LazySettings
from django.core.management import call_command
from django.db import OperationalError, connections
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families

from comments import services as comments
from eventstore import outbox
from eventstore.consumer import consumers
from posts import services as posts
from posts.models import Post
from tests.away import no_store as no_store
from tests.histories import settle

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")


def test_a_process_that_lives_says_so(client: Client, no_store: None) -> None:
    response = client.get("/healthz")

    assert response.status_code == 200
    assert response.json()["status"] == "ok"
    assert response.json()["services"] == ["posts", "comments", "moderation", "query"]


def test_a_process_is_ready_where_its_databases_answer(client: Client) -> None:
    response = client.get("/readyz")

    assert (response.status_code, response.json()) == (
        200,
        {"status": "ok", "down": [], "behind": {}},
    )


def test_a_process_is_not_ready_where_one_does_not(client: Client, no_store: None) -> None:
    response = client.get("/readyz")

    assert response.status_code == 503
    assert response.json() == {"status": "unavailable", "down": ["eventstore"], "behind": {}}


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
    assert client.get("/readyz").json() == {"status": "ok", "down": [], "behind": {}}


def figures(client: Client) -> dict[tuple[str, ...], float]:
    """Each figure by its name and labels (in the order of their names)."""
    response = client.get("/metrics")
    assert response.headers["Content-Type"].startswith("text/plain")
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(response.text)
        for sample in family.samples
    }


def test_figures_tell_how_far_the_services_have_come(client: Client, post: Post) -> None:
    comments.create_comment(post.id, "Ann", "A kind word")

    said = figures(client)
    assert said["hindsight_events_appended_total",] == 2
    assert said["hindsight_consumer_handled_total", "query"] == 1
    assert said["hindsight_consumer_position", "moderation"] == 1
    assert said["hindsight_consumer_lag_events", "moderation"] == 1
    assert said["hindsight_consumer_lag_seconds", "moderation"] > 0

    settle()
    said = figures(client)
    assert said["hindsight_consumer_lag_events", "moderation"] == 0
    assert said["hindsight_consumer_lag_seconds", "moderation"] == 0
    assert said["hindsight_events_appended_total",] == 4
    handled = {name: said["hindsight_consumer_handled_total", name] for name in consumers()}
    assert handled == {"comments": 2, "moderation": 2, "query": 3}


def test_a_rebuild_handles_nothing_anew(client: Client, post: Post) -> None:
    call_command("replay_events")

    assert figures(client)["hindsight_consumer_handled_total", "query"] == 1


def test_figures_tell_what_waits_in_an_outbox(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(outbox, "relay_quietly", lambda *_, **__: None)
        posts.create_post("A title", "A body")
    said = figures(client)
    assert said["hindsight_outbox_events", "posts"] == 1
    assert said["hindsight_outbox_oldest_seconds", "posts"] > 0

    settle()
    said = figures(client)
    assert said["hindsight_outbox_events", "posts"] == 0
    assert said["hindsight_outbox_oldest_seconds", "posts"] == 0


def test_figures_tell_what_is_parked_and_what_waits_behind_it(
    client: Client, settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.RETRY_SCALE = 0
    query = consumers()["query"]
    with monkeypatch.context() as patch:
        patch.setitem(query.handlers, "PostCreated", lambda event: 1 / 0)
        created = posts.create_post("A title", "A body")
        posts.update_post(created.id, title="Another")
        settle()
    parked = "hindsight_consumer_parked_events"
    said = figures(client)
    assert (said[parked, "query", "parked"], said[parked, "query", "waiting"]) == (1, 1)
    assert said[parked, "moderation", "parked"] == 0

    query.retry(created.id)
    said = figures(client)
    assert (said[parked, "query", "parked"], said[parked, "query", "waiting"]) == (0, 0)
    assert said["hindsight_consumer_handled_total", "query"] == 2


def test_figures_count_answers_by_the_name_of_the_address(client: Client, post: Post) -> None:
    count = "hindsight_http_request_seconds_count"
    found, lost = (count, "query:post-detail", "GET", "200"), (count, "", "GET", "404")
    before = figures(client)
    another = posts.create_post("Another", "A body")
    settle()
    for address in (f"/posts/{post.id}/", f"/posts/{another.id}/", "/nowhere/", "/posts/x/"):
        client.get(address)

    said = figures(client)
    assert said[found] - before.get(found, 0) == 2
    assert said[lost] - before.get(lost, 0) == 2


def test_figures_of_a_database_that_does_not_answer_are_left_out(
    client: Client, post: Post, no_store: None
) -> None:
    said = figures(client)
    assert said["hindsight_database_up", "eventstore"] == 0
    assert ("hindsight_events_appended_total",) not in said
    assert said["hindsight_database_up", "comments"] == 1
    assert said["hindsight_outbox_events", "comments"] == 0
    assert "process_resident_memory_bytes" in client.get("/metrics").text
