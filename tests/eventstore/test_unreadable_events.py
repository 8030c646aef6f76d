"""An event that nobody can read, or keep: services get past it, and people see it."""

from typing import Any
from uuid import uuid4

import pytest
from django.conf import LazySettings
from django.test import Client
from hypothesis import given

from eventstore import store
from eventstore.consumer import consumers
from eventstore.models import Event
from posts import services as posts
from query.models import ParkedEvent, PostView
from tests.eventstore.logs import append, new_event
from tests.eventstore.test_contracts_fuzzed import nearly_an_event
from tests.fuzzing import examples
from tests.people import browser_of

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")

POST = '{"post_id":"6b0b3a0e-9d0c-4c6e-8f6e-1d2f3a4b5c6d","body":"",'
BAD = {
    "no JSON": "no JSON",
    "no object": "[1]",
    "nested too deeply": '{"post_id":' + "[" * 5_000,
    "a time without a zone": POST + '"title":"","created_at":"2026-05-01T12:00:00"}',
    "a time that no clock shows": POST + '"title":"","created_at":"9999-12-31T23:59:59-23:59"}',
    "a time before time": POST + '"title":"","created_at":"0001-01-01T00:00:00+23:59"}',
    "a NUL": POST + '"title":"\\u0000","created_at":"2026-05-01T12:00:00Z"}',
    "a long title": POST + f'"title":"{"x" * 300}","created_at":"2026-05-01T12:00:00Z"}}',
}


@pytest.fixture(autouse=True)
def _no_pauses(settings: LazySettings) -> None:
    settings.RETRY_SCALE = 0


def catch_up() -> None:
    for consumer in consumers().values():
        consumer.catch_up()
        assert consumer.position() == store.head_position()


@pytest.mark.parametrize("data", BAD.values(), ids=BAD)
def test_it_stops_nobody_and_can_be_looked_at(client: Client, data: str) -> None:
    about = uuid4()
    append(new_event("PostCreated", subject=about, data=data))
    posts.create_post("The next one", "A body")
    catch_up()

    assert PostView.objects.filter(title="The next one").exists()
    assert client.get(f"/api/posts/{about}/comments/").status_code in (200, 404)
    events = browser_of("staff").get("/api/events/").json()["results"]
    assert [event["position"] for event in events] == [1, 2]
    assert browser_of("superuser").get("/admin/eventstore/event/1/change/").status_code == 200


@examples(20)
@given(nearly_an_event())
def test_whatever_it_is(event: tuple[str, str]) -> None:
    type_, data = event
    try:
        data.encode()
    except UnicodeEncodeError:
        return  # no database stores it
    append(new_event(type_[:64] or "?", data=data.replace("\0", "")))
    catch_up()


def test_what_no_contract_could_say_comes_as_its_text() -> None:
    for data in ('{"a": 1}', '{"a": [1]}', "[" * 5_000):
        append(new_event(data=data))
    shown: Any = browser_of("staff").get("/api/events/").json()["results"]
    assert [event["data"] for event in shown] == [{"a": 1}, '{"a": [1]}', "[" * 5_000]
    assert Event.objects.count() == 3


def test_a_post_that_is_named_by_no_proper_uuid_stops_nobody() -> None:
    """MariaDB refuses such a UUID, also as the key of what is parked."""
    about = '{"post_id": "90143ae8-6428-95b5-2389-c495d0bbe6ff", "title": 1}'
    append(new_event("PostCreated", data=about))
    catch_up()
    assert {row.state for row in ParkedEvent.objects.all()} == {"parked"}
