"""What a browser may do with our answers: in the headers of every one of them.

Nothing is loaded from elsewhere, and no script or style stands in a page itself: what somebody
smuggled into one would not run (Content Security Policy, level 3).
"""

from base64 import b64encode
from collections.abc import Callable
from hashlib import sha256

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

from web.origins import origin, services

# The one style attribute that we show pages with and did not write: of DRF's button for filters.
DRF_STYLE = "float: right; margin-right: 10px"
_HASH = b64encode(sha256(DRF_STYLE.encode()).digest()).decode()

FIXED = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "style-src-attr": f"'unsafe-hashes' 'sha256-{_HASH}'",
    "img-src": "'self' data:",  # Swagger's style sheet has its arrows in it
    "font-src": "'self'",
    "connect-src": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}
PERMISSIONS = ("camera", "display-capture", "geolocation", "microphone", "payment", "usb")
HEADERS = {
    "Permissions-Policy": ", ".join(f"{feature}=()" for feature in PERMISSIONS),
    "Cross-Origin-Resource-Policy": "same-origin",
}


class Policy:
    """The headers that Django has no setting for."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        for name, value in HEADERS.items():
            response.headers[name] = value
        # With DEBUG, Django's own error pages have their style and script in them.
        if not (settings.DEBUG and response.status_code >= 400):
            response.headers["Content-Security-Policy"] = policy(request)
        return response


def policy(request: HttpRequest) -> str:
    """A form may go to each service, and from there back to the page."""
    there = {origin(url) for url in services(request).values() if url}
    directives = {**FIXED, "form-action": " ".join(["'self'", *sorted(there)])}
    return "; ".join(f"{name} {sources}" for name, sources in directives.items())
