"""What every request passes through: security headers, a limit for its body, the scope of the
events that it causes, 503 for an outage, checks of its cookies, its host and its method."""

import re
import uuid
from base64 import b64encode
from collections.abc import Callable
from hashlib import sha256
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponsePermanentRedirect,
)
from django.middleware import common

from eventstore import correlation
from eventstore.outages import is_outage
from web.errors import error_response, unavailable
from web.methods import View
from web.origins import origin, services

CORRELATION_ID = re.compile(r"[\x21-\x7e]{1,64}")

# The one style attribute that we show pages with and did not write: of DRF's button for filters.
DRF_STYLE = "float: right; margin-right: 10px"
_STYLE_HASH = b64encode(sha256(DRF_STYLE.encode()).digest()).decode()
# Nothing is loaded from elsewhere, and no script or style is in a page itself: one that somebody
# smuggled in would not run (Content Security Policy, level 3).
CONTENT_SECURITY_POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "style-src-attr": f"'unsafe-hashes' 'sha256-{_STYLE_HASH}'",
    "img-src": "'self' data:",  # Swagger's style sheet has its arrows in it
    "font-src": "'self'",
    "connect-src": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}
FEATURES = ("camera", "display-capture", "geolocation", "microphone", "payment", "usb")
SECURITY_HEADERS = {
    "Permissions-Policy": ", ".join(f"{feature}=()" for feature in FEATURES),
    "Cross-Origin-Resource-Policy": "same-origin",
}


class Middleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)


class SecurityHeaders(Middleware):
    """The headers that Django has no setting for."""

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        for name, value in SECURITY_HEADERS.items():
            response.headers[name] = value
        # With DEBUG, Django's own error pages have their style and script in them.
        if not (settings.DEBUG and response.status_code >= 400):
            # A form may be sent to each service, and from there back to the page.
            others = sorted({origin(url) for url in services(request).values() if url})
            policy = {**CONTENT_SECURITY_POLICY, "form-action": " ".join(["'self'", *others])}
            response.headers["Content-Security-Policy"] = "; ".join(
                f"{directive} {sources}" for directive, sources in policy.items()
            )
        return response


class BodyLimit(Middleware):
    """A body over the limit is 413, before anybody reads it."""

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        length = request.META.get("CONTENT_LENGTH") or "0"
        if length.isdecimal() and int(length) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            detail = f"The body is larger than {settings.DATA_UPLOAD_MAX_MEMORY_SIZE:,} bytes."
            return error_response(request, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, detail)
        return self.get_response(request)


class Correlation(Middleware):
    """``X-Correlation-ID`` is taken from the request, or made; it goes with every event that the
    request causes, and back in the response. ``X-Event-Position`` is the position of the last of
    them in the event store, where that is known."""

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        sent = request.headers.get("X-Correlation-ID", "")
        correlation_id = sent if CORRELATION_ID.fullmatch(sent) else str(uuid.uuid4())
        with correlation.scope(correlation_id) as scope:
            response = self.get_response(request)
        response.headers["X-Correlation-ID"] = correlation_id
        if scope.position is not None:
            response.headers["X-Event-Position"] = str(scope.position)
        return response


class CleanCookies(Middleware):
    """Removes cookies with a NUL in them: they are none of ours, and PostgreSQL would fail."""

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        for name in [name for name, value in request.COOKIES.items() if "\0" in value]:
            del request.COOKIES[name]
        return self.get_response(request)


class Outages(Middleware):
    """Turns what a view raises for a database that is away into a 503 response."""

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        return unavailable(request, error) if is_outage(error) else None


class HostCheck(common.CommonMiddleware):
    """Django's, which refuses a Host that is not ours. Not for probes: a machine reaches a process
    over plain HTTP by whatever address that has, as a pod's, so they need no Host and no TLS."""

    def process_request(self, request: HttpRequest) -> HttpResponsePermanentRedirect | None:
        is_probe = request.path_info.removeprefix("/") in settings.PROBES
        return None if is_probe else super().process_request(request)


class AllowedMethods(Middleware):
    """Refuses a method that is not in the view's ``allowed_methods``, before the form's token is
    checked, which would be 403. Views without these, as those of DRF, are left alone."""

    def process_view(
        self, request: HttpRequest, view: View, args: Any, kwargs: Any
    ) -> HttpResponse | None:
        methods = getattr(view, "allowed_methods", None)
        if methods is None or request.method in methods:
            return None
        allowed = ", ".join(methods)
        detail = f"This address accepts {allowed} only."
        response = error_response(request, HTTPStatus.METHOD_NOT_ALLOWED, detail)
        response.headers["Allow"] = allowed
        return response
