"""Turns at a file of SQLite: it has one writer, and those that wait look only now and then."""

import time

from eventstore.statements import connection_of

TURN_SECONDS = 0.5  # of one's own transactions, before a pause
LOOK_AGAIN_SECONDS = 0.11  # a process that waits for the lock looks every 100 ms


class Turns:
    """One who writes to the database ``alias`` again and again, transaction after transaction."""

    def __init__(self, alias: str) -> None:
        self.is_shared = connection_of(alias).vendor == "sqlite"
        self._since = time.monotonic()

    def may_end(self) -> None:
        """Call it between transactions: after a while it pauses, so that others find the file."""
        if time.monotonic() - self._since > TURN_SECONDS:
            self.end()

    def end(self) -> None:
        """Pause now."""
        if self.is_shared:
            time.sleep(LOOK_AGAIN_SECONDS)
        self._since = time.monotonic()
