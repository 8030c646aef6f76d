"""What our backends for database servers have in common: they try no server that hangs."""

from typing import Any

from django.db import OperationalError
from django.db.backends.base.base import BaseDatabaseWrapper

from eventstore.deadlines import PROBE_SECONDS, Server, within


class ServerBackend(BaseDatabaseWrapper):
    """Comes before Django's own ``DatabaseWrapper`` among the bases."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        at = self.settings_dict
        self.server = Server(f"{self.vendor} {at['HOST']}:{at['PORT']}", self.responds)

    def responds(self, seconds: float) -> bool:
        """Whether the server responds to another connection within so many seconds, if with an
        error."""
        raise NotImplementedError

    def connect(self) -> None:
        self.server.check()
        super().connect()

    def _cursor(self, name: str | None = None) -> Any:
        self.server.check()
        return super()._cursor(name)  # type: ignore[misc]  # the stubs have none

    def is_usable(self) -> bool:
        """Django's check of an open connection, which has to be quick."""
        try:
            self.server.check()
        except OperationalError:
            return False
        with within(PROBE_SECONDS):
            return bool(super().is_usable())
