"""What a collector of OpenTelemetry gets: one trace of a comment, across all services."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.core.exceptions import ImproperlyConfigured
from django.test import Client

from config import environment as env
from eventstore import telemetry
from eventstore.consumer import consumers
from eventstore.models import Event
from posts.models import Post
from tests.calls import send
from tests.collector import Collector, Span, collecting
from tests.histories import settle
from tests.own import command, environment

TRACE_ID, SPAN_ID = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
db = pytest.mark.django_db(transaction=True, databases="__all__")


@pytest.fixture
def collector(settings: LazySettings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Collector]:
    with collecting() as collector:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.endpoint)
        settings.TRACES = True
        after = settings.MIDDLEWARE.index("web.middleware.Correlation") + 1
        settings.MIDDLEWARE = [
            *settings.MIDDLEWARE[:after],
            "web.traces.Traces",
            *settings.MIDDLEWARE[after:],
        ]
        telemetry._exporter.cache_clear()
        yield collector
        telemetry._exporter().close()
        telemetry._exporter.cache_clear()


def comment(post: Post, collector: Collector, flags: str = "01") -> list[Span]:
    """What the collector has of a comment's trace, once all of it is handled."""
    traceparent = f"00-{TRACE_ID}-{SPAN_ID}-{flags}"
    written = {"author": "Ann", "content": "A kind word"}
    address = f"/api/posts/{post.id}/comments/"
    assert send(Client(), "POST", address, written, traceparent=traceparent).status_code == 201
    settle()
    telemetry._exporter().flush()
    return collector.of(TRACE_ID)


def only(spans: list[Span], service: str, name: str) -> Span:
    [span] = [span for span in spans if (span.service, span.name) == (service, name)]
    return span


@db
def test_a_comment_is_one_trace_from_its_request_to_the_page(
    post: Post, collector: Collector
) -> None:
    spans = comment(post, collector)

    request = only(spans, "hindsight", "POST /api/posts/<UUID:post_id>/comments/")
    created = only(spans, "comments", "append CommentCreated")
    judged = only(spans, "moderation", "handle CommentCreated")
    decided = only(spans, "moderation", "append CommentModerated")
    applied = only(spans, "comments", "handle CommentModerated")
    updated = only(spans, "comments", "append CommentUpdated")
    parents = {
        request: SPAN_ID,
        created: request.id,
        judged: request.id,
        only(spans, "query", "handle CommentCreated"): request.id,
        decided: judged.id,
        applied: judged.id,
        updated: applied.id,
        only(spans, "moderation", "handle CommentUpdated"): applied.id,
        only(spans, "query", "handle CommentUpdated"): applied.id,
    }
    assert set(parents) == set(spans)
    assert {span: span.parent for span in spans} == parents
    assert (request.kind, created.kind, judged.kind) == ("SERVER", "PRODUCER", "CONSUMER")
    assert request.attributes["http.response.status_code"] == 201
    event = Event.objects.get(type="CommentModerated")
    assert event.traceparent == f"00-{TRACE_ID}-{judged.id}-01"
    assert applied.attributes == {
        "messaging.system": "hindsight",
        "messaging.operation.name": "handle",
        "messaging.operation.type": "process",
        "messaging.destination.name": "CommentModerated",
        "messaging.message.id": str(event.id),
        "messaging.message.conversation_id": event.correlation_id,
        "messaging.consumer.group.name": "comments",
        "hindsight.position": event.position,
    }
    assert decided.start == pytest.approx(event.time.timestamp() * 1e9, abs=1_000)
    assert all(span.start <= span.end for span in spans)
    assert not any(span.failed for span in spans)


@db
def test_each_attempt_that_fails_is_a_span(
    post: Post, collector: Collector, settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.RETRY_SCALE = 0

    def fail(event: object) -> None:
        raise ZeroDivisionError("no rule can judge this")

    monkeypatch.setitem(consumers()["moderation"].handlers, "CommentCreated", fail)
    spans = [span for span in comment(post, collector) if span.service == "moderation"]
    assert {span.name for span in spans} == {"handle CommentCreated"}
    assert len(spans) == 6  # with its batch, then five times alone
    assert all(span.failed for span in spans)
    assert {span.attributes["error.type"] for span in spans} == {"ZeroDivisionError"}


@db
def test_what_the_caller_does_not_record_is_not_recorded_here(
    post: Post, collector: Collector
) -> None:
    assert comment(post, collector, flags="00") == []
    event = Event.objects.get(type="CommentUpdated")
    assert event.traceparent
    assert event.traceparent.startswith(f"00-{TRACE_ID}-")
    assert event.traceparent.endswith("-00")


@db
def test_a_failing_page_is_a_failed_span_and_probes_are_none(
    post: Post, collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = Client(raise_request_exception=False)
    for address in ("/healthz", "/static/hindsight.css"):
        response = client.get(address)
        assert response.status_code == 200
        response.close()
    monkeypatch.setattr("query.page._caught_up", lambda request: 1 / 0)
    assert client.get("/").status_code == 500
    assert client.get("/nowhere").status_code == 404
    telemetry._exporter().flush()
    assert [(span.name, span.failed) for span in collector.spans] == [
        ("GET /", True),
        ("GET", False),
    ]


IMPORTED = """
import sys, django
django.setup()
import config.celery, config.wsgi, web.traces
from django.urls import get_resolver
get_resolver().url_patterns
sys.exit("opentelemetry is imported" if "opentelemetry" in sys.modules else 0)
"""


def test_without_the_setting_nothing_of_it_is_imported(tmp_path: Path) -> None:
    command(environment(tmp_path, DJANGO_SETTINGS_MODULE="config.settings"), "-c", IMPORTED)


@pytest.mark.parametrize(
    ("settings", "is_on"),
    [
        ({}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"}, True),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://127.0.0.1:4318/v1/traces"}, True),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://a", "OTEL_SDK_DISABLED": "true"}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://a", "OTEL_TRACES_EXPORTER": "none"}, False),
    ],
)
def test_it_is_on_if_a_collector_is_named(
    monkeypatch: pytest.MonkeyPatch, settings: dict[str, str], is_on: bool
) -> None:
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    assert env.traces() is is_on


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4318"),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
        ("OTEL_TRACES_EXPORTER", "console"),
        ("OTEL_SDK_DISABLED", "maybe"),
    ],
)
def test_what_it_cannot_do_is_refused(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4318")
    monkeypatch.setenv(name, value)
    with pytest.raises(ImproperlyConfigured, match=name):
        env.traces()


def test_without_its_packages_it_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4318")
    monkeypatch.setattr(env, "find_spec", lambda name: None)
    with pytest.raises(ImproperlyConfigured, match=r"pip install -r requirements-otel\.txt"):
        env.traces()
