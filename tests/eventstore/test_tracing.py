"""W3C Trace Context: it travels from a request through every event that follows from it."""

import re
from collections.abc import Iterable
from uuid import uuid4

import pytest
from django.conf import LazySettings
from django.test import Client

from comments import services as comments
from eventstore import correlation, tracing
from eventstore.models import Event
from eventstore.tracing import Trace
from posts import services as posts
from posts.models import Post
from tests.calls import send
from tests.histories import settle

TRACE_ID, SPAN_ID = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
TRACEPARENT = f"00-{TRACE_ID}-{SPAN_ID}-01"


@pytest.mark.parametrize(
    ("traceparent", "flags"),
    [
        (TRACEPARENT, 1),
        (f" {TRACEPARENT}\t", 1),
        (f"00-{TRACE_ID}-{SPAN_ID}-00", 0),
        (f"00-{TRACE_ID}-{SPAN_ID}-ff", 255),
        (f"cc-{TRACE_ID}-{SPAN_ID}-01", 1),
        (f"cc-{TRACE_ID}-{SPAN_ID}-01-what-comes-later", 1),
    ],
)
def test_a_valid_traceparent_is_read(traceparent: str, flags: int) -> None:
    assert tracing.read(traceparent) == Trace(TRACE_ID, SPAN_ID, flags)


@pytest.mark.parametrize(
    "traceparent",
    [
        None,
        "",
        "x",
        TRACEPARENT.upper(),
        TRACEPARENT[:-1],
        f"{TRACEPARENT}-more",
        f"{TRACEPARENT}, {TRACEPARENT}",
        f"ff-{TRACE_ID}-{SPAN_ID}-01",
        f"cc-{TRACE_ID}-{SPAN_ID}-01.more",
        f"00-{'0' * 32}-{SPAN_ID}-01",
        f"00-{TRACE_ID}-{'0' * 16}-01",
    ],
)
def test_one_that_is_not_valid_is_ignored(traceparent: str | None) -> None:
    assert tracing.read(traceparent, "a=b") is None


@pytest.mark.parametrize(
    ("tracestate", "read"),
    [
        ("congo=t61rcWkgMzE", "congo=t61rcWkgMzE"),
        ("a=1 , ,\tb@c=2", "a=1,b@c=2"),
        ("1a@vendor=x", "1a@vendor=x"),
        ("1a=x", ""),
        ("A=x", ""),
        ("a=1,a=2", ""),
        ("a=", ""),
        ("a=b=c", ""),
        ("a=\x00", ""),
        (",".join(f"k{n}=v" for n in range(32)), ",".join(f"k{n}=v" for n in range(32))),
        (",".join(f"k{n}=v" for n in range(33)), ""),
        ("a=" + "x" * 256 + ",b=" + "x" * 251, "a=" + "x" * 256 + ",b=" + "x" * 251),
        ("a=" + "x" * 256 + ",b=" + "x" * 252, ""),
    ],
)
def test_a_tracestate_is_kept_if_it_is_valid(tracestate: str, read: str) -> None:
    trace = tracing.read(TRACEPARENT, tracestate)
    assert trace
    assert trace.state == read


def comment(client: Client, post: Post, **headers: str) -> list[Event]:
    """The events that follow from sending a comment with these headers, in order."""
    written = {"author": "Ann", "content": "A kind word"}
    answer = send(client, "POST", f"/api/posts/{post.id}/comments/", written, **headers)
    settle()
    return list(Event.objects.filter(correlation_id=answer.headers["X-Correlation-ID"]))


def trace_ids(events: Iterable[Event]) -> set[str]:
    return {(event.traceparent or "")[3:35] for event in events}


@pytest.mark.django_db(transaction=True, databases="__all__")
def test_all_that_follows_from_a_request_belongs_to_its_trace(client: Client, post: Post) -> None:
    events = comment(client, post, traceparent=TRACEPARENT, tracestate="congo=t61rcWkgMzE")

    assert [event.type for event in events] == [
        "CommentCreated",
        "CommentModerated",
        "CommentUpdated",
    ]
    traces = [tracing.read(*event.trace_context) for event in events]
    assert {trace._replace(span_id="") for trace in traces if trace} == {
        Trace(TRACE_ID, "", 1, "congo=t61rcWkgMzE")
    }
    spans = {trace.span_id for trace in traces if trace}
    assert len(spans - {SPAN_ID}) == 3


@pytest.mark.django_db(transaction=True, databases="__all__")
@pytest.mark.parametrize("headers", [{}, {"traceparent": "x", "tracestate": "a=b"}])
def test_a_request_without_a_valid_one_begins_a_trace(
    client: Client, post: Post, headers: dict[str, str]
) -> None:
    first, second = comment(client, post, **headers), comment(client, post, **headers)

    of_first, of_second = (
        {(event.traceparent or "")[3:35] for event in each} for each in (first, second)
    )
    assert len(of_first) == len(of_second) == 1
    assert of_first != of_second
    for event in (*first, *second):
        assert re.fullmatch(r"00-[0-9a-f]{32}-[0-9a-f]{16}-00", event.traceparent or "")
        assert event.tracestate is None
    assert not {TRACE_ID} & of_first


@pytest.mark.django_db(transaction=True, databases="__all__")
def test_what_is_published_outside_a_request_begins_a_trace_too(post: Post) -> None:
    comments.create_comment(post.id, "Ann", "A kind word")
    settle()

    created, moderated, updated = Event.objects.order_by("position")[1:]
    assert created.traceparent
    assert len(trace_ids([created, moderated, updated])) == 1


@pytest.mark.django_db(transaction=True, databases="__all__")
def test_an_event_of_an_earlier_program_is_handled_all_the_same(post: Post) -> None:
    """It has no trace: what follows from it begins one."""
    known = Event.objects.count()
    comments.create_comment(post.id, "Ann", "A kind word")
    Event.objects.filter(position__gt=known).update(traceparent=None, appended_at=None)
    settle()

    created, moderated, updated = Event.objects.filter(position__gt=known)
    assert created.traceparent is None
    assert moderated.traceparent
    assert trace_ids([moderated]) == trace_ids([updated])


@pytest.mark.django_db(transaction=True, databases="__all__")
def test_what_is_done_in_chunks_belongs_to_the_trace_of_its_event(
    post: Post, settings: LazySettings
) -> None:
    settings.CHUNK_ROWS = 2
    for n in range(5):
        comments.create_comment(post.id, f"Ann {n}", "A kind word")
    settle()
    known = Event.objects.count()
    with correlation.scope(str(uuid4()), parent=(TRACEPARENT, None)):
        posts.delete_post(post.id)
    settle()

    deleted = Event.objects.filter(position__gt=known)
    assert deleted.count() == 6
    assert trace_ids(deleted) == {TRACE_ID}
    by_chunk = {event.traceparent for event in deleted if event.type == "CommentDeleted"}
    assert len(by_chunk) == 3
