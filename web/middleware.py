"""What every request passes through: security headers, limits for its time and its body, the scope
of the events that it causes, 503 for an outage, checks of its cookies, its host and its method."""

import re
import uuid
from base64 import b64encode
from collections.abc import Mapping
from hashlib import sha256
from http import HTTPStatus
from typing import Any

from corsheaders.middleware import CorsMiddleware
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.middleware import common
from django.utils.cache import patch_vary_headers
from django.utils.deprecation import MiddlewareMixin

from eventstore import correlation, deadlines
from eventstore.outages import is_outage
from web.errors import error_response, unavailable
from web.methods import View
from web.origins import origin, service_urls

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
# Images of a post are where its author has them. Only the page of a post shows them.
IMAGES_FROM_ANYWHERE = "'self' data: https: http:"
FEATURES = ("camera", "display-capture", "geolocation", "microphone", "payment", "usb")
PERMISSIONS_POLICY = ", ".join(f"{feature}=()" for feature in FEATURES)


class SecurityHeaders(MiddlewareMixin):
    """The headers that Django has no setting for."""

    def process_response(self, request: HttpRequest, response: Any) -> Any:
        response.headers["Permissions-Policy"] = PERMISSIONS_POLICY
        response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
        # With DEBUG, Django's own error pages have their style and script in them.
        if not (settings.DEBUG and response.status_code >= 400):
            # A form may be sent to each service, and from there back to the page.
            others = sorted({origin(url) for url in service_urls(request).values() if url})
            policy = {**CONTENT_SECURITY_POLICY, "form-action": " ".join(["'self'", *others])}
            if _shows_images(request):
                policy["img-src"] = IMAGES_FROM_ANYWHERE
            response.headers["Content-Security-Policy"] = "; ".join(
                f"{directive} {sources}" for directive, sources in policy.items()
            )
        return response


def _shows_images(request: HttpRequest) -> bool:
    view = getattr(request.resolver_match, "func", None)
    return bool(getattr(view, "shows_images", False))


class PrivatePages(MiddlewareMixin):
    """Whoever goes back to a page gets it as it was, with the keys of its forms: so what is sent
    again is known. With ``Vary: Cookie``, a browser would load another page if any cookie has
    changed meanwhile, as sending a comment does. Only the browser keeps what is private, so this
    header protects nobody there."""

    def process_response(self, request: HttpRequest, response: Any) -> Any:
        kind = response.headers.get("Content-Type", "")
        if response.status_code == HTTPStatus.NOT_MODIFIED:  # the browser adds these headers to it
            kind = "" if request.path_info.startswith("/api/") else "text/html"
        if kind.startswith("text/html") and "private" in response.headers.get("Cache-Control", ""):
            varies = response.headers.get("Vary", "").split(", ")
            del response.headers["Vary"]
            if others := [name for name in varies if name not in ("", "Cookie")]:
                patch_vary_headers(response, others)
        return response


class Cors(CorsMiddleware):
    """Lets the scripts of ``CORS_ALLOWED_ORIGINS`` call the API. Answers what a browser requests
    beforehand (OPTIONS) by itself: that needs no view and no database."""

    def is_enabled(self, request: HttpRequest) -> bool:
        return bool(settings.CORS_ALLOWED_ORIGINS) and super().is_enabled(request)


class Deadline(MiddlewareMixin):
    """All statements and locks of a request together have one limit, to whatever databases."""

    def __call__(self, request: HttpRequest) -> Any:
        with deadlines.within(settings.DATABASE_TIMEOUT):
            return self.get_response(request)


class BodyLimit(MiddlewareMixin):
    """A body over the limit is 413, and one that is compressed is 415, before anybody reads it."""

    def process_request(self, request: HttpRequest) -> HttpResponse | None:
        encoding = request.headers.get("Content-Encoding", "").strip().lower()
        if encoding not in ("", "identity"):
            detail = "Send the body as it is, without a Content-Encoding."
            response = error_response(request, HTTPStatus.UNSUPPORTED_MEDIA_TYPE, detail)
            response.headers["Accept-Encoding"] = "identity"
            return response
        length, limit = request.META.get("CONTENT_LENGTH"), settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        if length and length.isdecimal() and int(length) > limit:
            detail = f"The body is larger than {limit:,} bytes."
            return error_response(request, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, detail)
        return None


class Correlation(MiddlewareMixin):
    """``X-Correlation-ID`` is taken from the request, or made; it goes with every event that the
    request causes, and back in the response with the position of the last, where that is known.
    ``traceparent`` and ``tracestate`` go with the events, too."""

    def __call__(self, request: HttpRequest) -> Any:
        correlation_id = correlation_id_of(request.META)
        parent = request.headers.get("traceparent"), request.headers.get("tracestate")
        with correlation.scope(correlation_id, parent=parent) as scope:
            response: Any = self.get_response(request)
        response.headers["X-Correlation-ID"] = correlation_id
        if scope.position is not None:
            response.headers["X-Event-Position"] = str(scope.position)
        return response


def correlation_id_of(environ: Mapping[str, Any]) -> str:
    """What the request with this WSGI environment sent, or a new one."""
    sent: str = environ.get("HTTP_X_CORRELATION_ID", "")
    return sent if CORRELATION_ID.fullmatch(sent) else str(uuid.uuid4())


class CleanCookies(MiddlewareMixin):
    """Removes cookies with a NUL in them: they are none of ours, and PostgreSQL would fail."""

    def process_request(self, request: HttpRequest) -> None:
        for name in [name for name, value in request.COOKIES.items() if "\0" in value]:
            del request.COOKIES[name]


class Outages(MiddlewareMixin):
    """Turns what a view raises for a database that is away into a 503 response."""

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        return unavailable(request, error) if is_outage(error) else None


class HostCheck(common.CommonMiddleware):
    """Django's, which refuses a Host that is not ours. Not for probes: a machine reaches a process
    over plain HTTP by whatever address that has, as a pod's, so they need no Host and no TLS."""

    def process_request(self, request: HttpRequest) -> Any:
        is_probe = request.path_info.removeprefix("/") in settings.PROBES
        return None if is_probe else super().process_request(request)


class AllowedMethods(MiddlewareMixin):
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
