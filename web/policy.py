"""What a browser may do with our responses: the security headers of every one of them.

Nothing is loaded from elsewhere, and no script or style is in a page itself: one that somebody
smuggled in would not run (Content Security Policy, level 3).
"""

from base64 import b64encode
from hashlib import sha256

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

from web.middleware import Middleware
from web.origins import origin, services

# The one style attribute that we show pages with and did not write: of DRF's button for filters.
DRF_STYLE = "float: right; margin-right: 10px"
_HASH = b64encode(sha256(DRF_STYLE.encode()).digest()).decode()

DIRECTIVES = {
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
FEATURES = ("camera", "display-capture", "geolocation", "microphone", "payment", "usb")
HEADERS = {
    "Permissions-Policy": ", ".join(f"{feature}=()" for feature in FEATURES),
    "Cross-Origin-Resource-Policy": "same-origin",
}


class SecurityHeaders(Middleware):
    """The headers that Django has no setting for."""

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        for name, value in HEADERS.items():
            response.headers[name] = value
        # With DEBUG, Django's own error pages have their style and script in them.
        if not (settings.DEBUG and response.status_code >= 400):
            response.headers["Content-Security-Policy"] = content_security_policy(request)
        return response


def content_security_policy(request: HttpRequest) -> str:
    """A form may be sent to each service, and from there back to the page."""
    others = {origin(url) for url in services(request).values() if url}
    directives = {**DIRECTIVES, "form-action": " ".join(["'self'", *sorted(others)])}
    return "; ".join(f"{name} {sources}" for name, sources in directives.items())
