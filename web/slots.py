"""What differs between two copies of a page for the public: the token of its forms, and their keys.
A page that is to be remembered has slots in their place, which are filled in for each reader."""

import re
import secrets
import string
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from hashlib import blake2b
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, parse_cookie
from django.middleware.csrf import CSRF_SECRET_LENGTH, CsrfViewMiddleware

from web.forms import new_key

_IS_OPEN = "hindsight.slots"  # in the WSGI environment
# No text can contain them: nobody sees them outside of this process.
_TOKEN, _KEY = (f"{name}-{secrets.token_hex(16)}".encode() for name in ("token", "key"))
_SLOT = re.compile(b"(" + _TOKEN + b"|" + _KEY + b")")
DIGEST_BYTES = 8


@contextmanager
def slots(request: HttpRequest) -> Iterator[None]:
    """Templates leave slots in the pages that they render for this request in this context."""
    request.META[_IS_OPEN] = True
    try:
        yield
    finally:
        del request.META[_IS_OPEN]


def of_forms(request: HttpRequest) -> dict[str, Any]:
    """For templates: ``new_key``, another one wherever it is rendered. In ``slots``, it and the
    ``csrf_token`` are slots."""
    if _IS_OPEN in request.META:
        return {"new_key": _KEY.decode(), "csrf_token": _TOKEN.decode()}
    return {"new_key": new_key}


class Page:
    """The bytes of a page around its slots."""

    def __init__(self, content: bytes) -> None:
        self._parts = _SLOT.split(content)  # each second one is a slot
        self._digest = blake2b(digest_size=DIGEST_BYTES)
        for text in self._parts[::2]:
            self._digest.update(text + b"\0")
        self.size = len(content)
        self.has_token = _TOKEN in self._parts[1::2]

    def etag(self, version: str, secret: str) -> str:
        """Of this page at this version for the browser with this ``secret`` in its cookie: one that
        has another, as after a login, has no use for the token in its old page."""
        digest = self._digest.copy()
        digest.update(secret.encode() if self.has_token else b"")
        return f'"{version}-{digest.hexdigest()}"'

    def filled(self, token: str) -> bytes:
        """With this token, and new keys."""
        parts = list(self._parts)
        for at in range(1, len(parts), 2):
            parts[at] = token.encode() if parts[at] == _TOKEN else new_key().encode()
        return b"".join(parts)


# --- The token without a request: made, and with its cookie, in an eighth of what Django takes

_LETTERS = string.ascii_letters + string.digits
_INDEX = {letter: index for index, letter in enumerate(_LETTERS)}
_EACH = len(_LETTERS)
_MULTIPLE = 256 // _EACH * _EACH  # of bytes from here on, some letters would have more than others
_OF_BYTES = bytes(ord(_LETTERS[byte % _EACH]) for byte in range(256))
_BEYOND = bytes(range(_MULTIPLE, 256))
_SECRET = re.compile(f"[a-zA-Z0-9]{{{CSRF_SECRET_LENGTH}}}")


def secret_of(cookies: str) -> str | None:
    """The secret of the browser that sends this header; empty if it has none. None if Django has to
    look at it."""
    if settings.CSRF_COOKIE_NAME not in cookies:
        return ""
    secret = parse_cookie(cookies).get(settings.CSRF_COOKIE_NAME, "")
    return secret if not secret or _SECRET.fullmatch(secret) else None


def new_secret() -> str:
    letters = b""
    while len(letters) < CSRF_SECRET_LENGTH:
        letters += secrets.token_bytes(2 * CSRF_SECRET_LENGTH).translate(_OF_BYTES, _BEYOND)
    return letters[:CSRF_SECRET_LENGTH].decode()


def token_of(secret: str) -> str:
    """Another one each time, as a page may be compressed: that hides the secret (BREACH)."""
    mask = new_secret()
    pairs = zip(secret, mask, strict=True)
    return mask + "".join(_LETTERS[(_INDEX[a] + _INDEX[b]) % _EACH] for a, b in pairs)


def cookie_of(secret: str) -> bytes:
    """The header's value that sets it."""
    return _cookie(int(time.time())).replace(_TOKEN, secret.encode())


@lru_cache(1)
def _cookie(_second: int) -> bytes:
    """As Django sets it within this second."""
    request, response = HttpRequest(), HttpResponse()
    request.META |= {"CSRF_COOKIE": _TOKEN.decode(), "CSRF_COOKIE_NEEDS_UPDATE": True}
    CsrfViewMiddleware(lambda request: response).process_response(request, response)
    [cookie] = response.cookies.values()
    return cookie.output(header="").strip().encode()
