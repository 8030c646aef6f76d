"""OpenTelemetry's SDK, as far as it is used here: spans are sent in the background, in batches, by
OTLP over HTTP. Needs the packages of requirements-otel.txt; only ``telemetry`` imports it.
"""

import atexit
import os
import threading
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from celery import signals
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import (
    NonRecordingSpan,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    TraceFlags,
    Tracer,
    TraceState,
    set_span_in_context,
)
from opentelemetry.trace import Span as OtelSpan

from eventstore.tracing import Trace

EXIT_TIMEOUT_SECONDS = 1.0  # for a process that ends to send what it still has
NAMESPACE = "hindsight"
NAMED = ("OTEL_SERVICE_NAME", "OTEL_RESOURCE_ATTRIBUTES")  # where a person may name the service


class Span:
    """A span that is open."""

    def __init__(self, span: OtelSpan) -> None:
        self._span = span

    @property
    def trace(self) -> Trace:
        """Its place in the trace."""
        own = self._span.get_span_context()
        ids = f"{own.trace_id:032x}", f"{own.span_id:016x}"
        return Trace(*ids, int(own.trace_flags), own.trace_state.to_header())

    def note(self, name: str, attributes: Mapping[str, Any]) -> None:
        """Its name and attributes, where these are known late."""
        self._span.update_name(name)
        self._span.set_attributes(dict(attributes))

    def fail(self, error: BaseException | None = None) -> None:
        if error is None:
            self._span.set_status(Status(StatusCode.ERROR))
            return
        self._span.record_exception(error)
        self._span.set_status(Status(StatusCode.ERROR, f"{type(error).__name__}: {error}"))
        self._span.set_attribute("error.type", type(error).__qualname__)

    def end(self) -> None:
        self._span.end()


class Exporter:
    """Of one process. The SDK reads its own settings, ``OTEL_…``, from the environment."""

    def __init__(self) -> None:
        self._processor = BatchSpanProcessor(OTLPSpanExporter())
        self._tracers: dict[str, Tracer] = {}
        atexit.register(self.flush)
        # Celery's child processes end without Python's own exit handlers.
        signals.worker_process_shutdown.connect(self.flush, weak=False)

    def begin(
        self,
        service: str,
        name: str,
        kind: Literal["SERVER", "PRODUCER", "CONSUMER"],
        parent: Trace | None,
        attributes: Mapping[str, Any],
        since: datetime | None = None,
    ) -> Span:
        """A span of ``service``, a child of ``parent`` or the first of a trace. Whether it is
        recorded depends on ``parent``, and on ``OTEL_TRACES_SAMPLER``."""
        context = set_span_in_context(NonRecordingSpan(_context_of(parent))) if parent else None
        began = round(since.timestamp() * 1e9) if since else None
        span = self._tracer(service).start_span(
            name, context, SpanKind[kind], attributes, start_time=began
        )
        return Span(span)

    def flush(self, **_: Any) -> None:
        """Send what waits, for a bounded time: a collector may be away."""
        sending = threading.Thread(target=self._processor.force_flush, daemon=True)
        sending.start()
        sending.join(EXIT_TIMEOUT_SECONDS)

    def close(self) -> None:
        """Send what waits, and stop: for tests."""
        self._processor.shutdown()  # type: ignore[no-untyped-call]
        atexit.unregister(self.flush)
        signals.worker_process_shutdown.disconnect(self.flush)

    def _tracer(self, service: str) -> Tracer:
        if service not in self._tracers:
            own = {"service.namespace": NAMESPACE}
            if not any("service.name" in os.environ.get(name, "") for name in NAMED[1:]):
                own |= {"service.name": os.environ.get(NAMED[0]) or service}
            provider = TracerProvider(resource=Resource.create(own), shutdown_on_exit=False)
            provider.add_span_processor(self._processor)
            self._tracers[service] = provider.get_tracer(NAMESPACE)
        return self._tracers[service]


def _context_of(trace: Trace) -> SpanContext:
    return SpanContext(
        trace_id=int(trace.trace_id, 16),
        span_id=int(trace.span_id, 16),
        is_remote=True,
        trace_flags=TraceFlags(trace.flags),
        trace_state=TraceState.from_header([trace.state]),
    )
