"""Who sends a request of the API: a password (Basic), or a token in its place. Both have a limit of
failures, which they share with the admin's login."""

import re
from collections.abc import Callable
from typing import Any

from django.db import Error
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework import authentication
from rest_framework.exceptions import AuthenticationFailed, Throttled

from web.throttling import Allowance, take

REALM = "Hindsight"
SCHEMES = ("Basic", "Token", "Bearer")  # a browser asks for a password at the first
TOKEN = re.compile(r"[0-9a-f]{40}")


class _Limited(authentication.BaseAuthentication):
    def authenticate_header(self, request: Any) -> str:
        """For 401. A browser shall not ask for a password in its own way: our page has a link to
        the login, and a script, as that of the docs, waits for the answer meanwhile."""
        is_page = getattr(getattr(request, "accepted_renderer", None), "format", "") == "api"
        is_script = request.headers.get("Sec-Fetch-Dest") == "empty"
        schemes = ("Session",) if is_page else SCHEMES[1:] if is_script else SCHEMES
        return ", ".join(f'{scheme} realm="{REALM}"' for scheme in schemes)


class BasicAuthentication(_Limited, authentication.BasicAuthentication):
    """DRF's, with a limit (429): after too many failures, the password is not even checked. A name
    with a NUL in it, on which PostgreSQL fails, is wrong."""

    def authenticate_credentials(self, userid: str, password: str, request: Any = None) -> Any:
        if "\0" in userid:
            raise AuthenticationFailed("Invalid username/password.")
        check = super().authenticate_credentials
        return limited(request, lambda: check(userid, password, request))


class TokenAuthentication(_Limited, authentication.TokenAuthentication):
    """DRF's, with the same limit: ``Authorization: Token …``, or ``Bearer …``, which most clients
    send without being configured."""

    def authenticate(self, request: Any) -> Any:
        scheme = authentication.get_authorization_header(request).partition(b" ")[0]
        if scheme.lower() == b"bearer":
            self.keyword = "Bearer"
        self._request = request
        return super().authenticate(request)

    def authenticate_credentials(self, key: str) -> Any:
        return limited(self._request, lambda: self._user_of(key))

    def _user_of(self, key: str) -> Any:
        if not TOKEN.fullmatch(key):  # as one with a NUL, on which PostgreSQL fails
            raise AuthenticationFailed("Invalid token.")
        return super().authenticate_credentials(key)


def limited(request: Any, check: Callable[[], Any]) -> Any:
    """What ``check`` returns. What it raises for wrong credentials counts as a failure of the
    request's address; once too many have failed, it is not called: raises Throttled (429)."""
    allowance = Allowance("logins")
    # Taken before it is tried, so that of many at once no more get through.
    if take(request, allowance):
        raise Throttled(allowance.seconds(), "Too many failed logins from your address.")
    try:
        found = check()
    except Error:  # whether it is right is not known
        allowance.give_back()
        raise
    allowance.give_back()
    return found


class BasicScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "web.authentication.BasicAuthentication"
    name = "password"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return {"type": "http", "scheme": "basic", "description": "A user's name and password."}


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "web.authentication.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        description = (
            "A user's token, from an administrator. `Authorization: Token …` means the same as "
            "`Authorization: Bearer …`."
        )
        return {"type": "http", "scheme": "bearer", "description": description}
