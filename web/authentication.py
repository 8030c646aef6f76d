"""Login by name and password in the request itself, and how many logins of one address may fail."""

from typing import Any

from drf_spectacular import authentication as schemas
from rest_framework import authentication
from rest_framework.exceptions import AuthenticationFailed, Throttled

from web.throttling import Allowance, take


class LoginAllowance(Allowance):
    """``THROTTLE_LOGINS`` failures per address; a login that succeeds does not count. After too
    many, the password is not even checked: that takes time on purpose."""

    scope = "logins"

    def refuses(self, request: Any) -> bool:
        """Counts the login as failed before it is tried: of many at once, no more get through."""
        return take(request, self) is not None

    def succeeded(self) -> None:
        self.give_back()


class BasicAuthentication(authentication.BasicAuthentication):
    """DRF's, with a limit (429), and where a name with a NUL in it is wrong: PostgreSQL would
    fail on it."""

    def authenticate_credentials(self, userid: str, password: str, request: Any = None) -> Any:
        if "\0" in userid:
            raise AuthenticationFailed("Invalid username/password.")
        allowance = LoginAllowance()
        if allowance.refuses(request):
            raise Throttled(allowance.seconds(), "Too many failed logins from your address.")
        found = super().authenticate_credentials(userid, password, request)
        allowance.succeeded()
        return found


class BasicScheme(schemas.BasicScheme):  # type: ignore[no-untyped-call]
    """Its description in the schema."""

    target_class = "web.authentication.BasicAuthentication"
