"""Figures for Prometheus: what this process answered, and how far its services have come."""

from collections.abc import Callable
from time import perf_counter

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, Histogram, generate_latest

from web.progress import Progress

METHODS = {"GET", "HEAD", "POST", "PATCH", "PUT", "DELETE", "OPTIONS"}
ANSWERS = Histogram(
    "hindsight_http_request_seconds",
    "Requests that this process answered, and the time that they took.",
    ["method", "address", "status"],
)
REGISTRY.register(Progress())


class Figures:
    """Counts and times every request, by the name of its address."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        start = perf_counter()
        response = self.get_response(request)
        method = request.method if request.method in METHODS else "other"
        # Names, not paths: their number does not grow with the posts.
        address = request.resolver_match.view_name if request.resolver_match else ""
        labels = (method, address, response.status_code)
        ANSWERS.labels(*labels).observe(perf_counter() - start)
        return response


def metrics(request: HttpRequest) -> HttpResponse:
    return HttpResponse(generate_latest(REGISTRY), content_type=CONTENT_TYPE_LATEST)
