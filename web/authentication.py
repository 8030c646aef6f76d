"""Who asks: by name and password in the request itself."""

from typing import Any

from drf_spectacular import authentication as schemas
from rest_framework import authentication
from rest_framework.exceptions import AuthenticationFailed, Throttled

from web.logins import Login


class BasicAuthentication(authentication.BasicAuthentication):
    """DRF's, for which a name with a NUL in it is a wrong one: PostgreSQL would trip over it.
    Too many wrong ones are 429."""

    def authenticate_credentials(self, userid: str, password: str, request: Any = None) -> Any:
        if "\0" in userid:
            raise AuthenticationFailed("Invalid username/password.")
        login = Login()
        if login.refused(request):
            raise Throttled(login.seconds(), "Too many logins from your address have failed.")
        found = super().authenticate_credentials(userid, password, request)
        login.succeeded()
        return found


class BasicScheme(schemas.BasicScheme):  # type: ignore[no-untyped-call]
    """How the schema names it."""

    target_class = "web.authentication.BasicAuthentication"
