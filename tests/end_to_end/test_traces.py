"""Spans of real processes: each service exports its own, and they are one trace."""

from pathlib import Path

import httpx

from tests.collector import Span, collecting
from tests.running import SECONDS, Run, wait_until

TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736"
HEADERS = {"traceparent": f"00-{TRACE_ID}-00f067aa0ba902b7-01"}
SPANS = 9  # a request; three appends; five handlings


def test_the_processes_of_all_services_export_one_trace(tmp_path: Path) -> None:
    with collecting() as collector:
        settings = {
            "OTEL_EXPORTER_OTLP_ENDPOINT": collector.endpoint,
            "OTEL_BSP_SCHEDULE_DELAY": "100",
        }
        with Run("run-services", tmp_path / "var", settings) as run:
            posts, comments = (f"http://127.0.0.1:{run.port + offset}" for offset in (1, 2))
            written = {"title": "A title", "body": "A body"}
            created = httpx.post(f"{posts}/api/posts/", json=written, timeout=SECONDS)
            address = f"{comments}/api/posts/{created.json()['id']}/comments/"
            written = {"author": "Ann", "content": "A kind word"}
            sent = httpx.post(address, json=written, headers=HEADERS, timeout=SECONDS)
            assert sent.status_code == 201
            wait_until(lambda: len(collector.of(TRACE_ID)) == SPANS, run)
            run.interrupt()

    by_id = {span.id: span for span in collector.of(TRACE_ID)}
    ways = {way(span, by_id) for span in by_id.values()}
    request = "comments: POST /api/posts/<UUID:post_id>/comments/"
    judged = f"{request} > moderation: handle CommentCreated"
    applied = f"{judged} > comments: handle CommentModerated"
    assert ways == {
        request,
        f"{request} > comments: append CommentCreated",
        f"{request} > query: handle CommentCreated",
        judged,
        f"{judged} > moderation: append CommentModerated",
        applied,
        f"{applied} > comments: append CommentUpdated",
        f"{applied} > moderation: handle CommentUpdated",
        f"{applied} > query: handle CommentUpdated",
    }


def way(span: Span, by_id: dict[str, Span]) -> str:
    """From the first span of the trace that is there to this one."""
    own = f"{span.service}: {span.name}"
    return f"{way(by_id[span.parent], by_id)} > {own}" if span.parent in by_id else own
