"""A span of each request, for OpenTelemetry: installed only where traces are exported."""

from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.deprecation import MiddlewareMixin

from eventstore import correlation, telemetry
from eventstore.tracing import read
from web.metrics import METHODS


class Traces(MiddlewareMixin):
    """Within ``Correlation``: what the request publishes belongs to its span. Not of probes, nor of
    static files."""

    def __call__(self, request: HttpRequest) -> Any:
        out, scope = telemetry.exporter(), correlation.find()
        path = request.path_info.removeprefix("/")
        if not out or not scope or path in settings.PROBES or path.startswith("static/"):
            return self.get_response(request)
        service = settings.SERVICES[0] if len(settings.SERVICES) == 1 else "hindsight"
        # By OpenTelemetry's semantic conventions for HTTP.
        method = request.method if request.method in METHODS else "_OTHER"
        about = {
            "http.request.method": method,
            "url.path": request.path,
            "url.scheme": request.scheme,
            "hindsight.correlation_id": scope.correlation_id,
        }
        span = out.begin(service, method or "", "SERVER", read(*scope.parent), about)
        scope.trace = span.trace
        try:
            response: Any = self.get_response(request)
            route = f"/{request.resolver_match.route}" if request.resolver_match else ""
            late = {"http.response.status_code": response.status_code}
            span.note(f"{method} {route}".strip(), late | ({"http.route": route} if route else {}))
            if response.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
                span.fail()
            return response
        finally:
            span.end()
