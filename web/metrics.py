"""How many requests a process has served, and the time that they took."""

from time import perf_counter
from typing import Any

from django.http import HttpRequest
from django.utils.deprecation import MiddlewareMixin
from prometheus_client import Histogram

METHODS = {"GET", "HEAD", "POST", "PATCH", "PUT", "DELETE", "OPTIONS"}
REQUEST_SECONDS = Histogram(
    "hindsight_http_request_seconds",
    "Requests that this process served, and the time that they took.",
    ["method", "address", "status"],
)


class RequestMetrics(MiddlewareMixin):
    """Counts and times every request, by the name of its address."""

    def __call__(self, request: HttpRequest) -> Any:
        start = perf_counter()
        response: Any = self.get_response(request)
        # Names, not paths: their number does not grow with the posts.
        address = request.resolver_match.view_name if request.resolver_match else ""
        count_request(request.method, address, response.status_code, perf_counter() - start)
        return response


def count_request(method: str | None, address: str, status: int, seconds: float) -> None:
    """``address``: its name."""
    known = method if method in METHODS else "other"
    REQUEST_SECONDS.labels(known, address, status).observe(seconds)
