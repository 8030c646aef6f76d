"""How many logins of one address may fail, in the admin and by name and password in a request."""

from typing import Any

from web.throttling import Allowance, take


class Login(Allowance):
    """``THROTTLE_LOGINS`` failures per address; a login that succeeds does not count. Whether the
    password is right is not even looked at where too many were wrong: it costs time on purpose."""

    scope = "logins"

    def refused(self, request: Any) -> bool:
        """Counts one, as if it had failed already: of many at once, no more get through."""
        return take(request, self) is not None

    def succeeded(self) -> None:
        self.give_back()
