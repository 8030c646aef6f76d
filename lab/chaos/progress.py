"""How far everything has come, and when it has come to rest."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Progress:
    """``head`` is the log's last position; the rest is by service: events that wait in its outbox,
    that it has still to handle, that it has set aside."""

    head: int
    outboxes: Mapping[str, int]
    lag: Mapping[str, int]
    parked: Mapping[str, int]

    @property
    def waiting(self) -> int:
        return sum(self.outboxes.values()) + sum(self.lag.values())

    def is_at_rest_since(self, earlier: "Progress") -> bool:
        """Whether nothing will move any more. The databases are read one after the other, and an
        event may be under way from one to the next: so nothing waits, nor did when we looked
        before, and nothing was appended in between."""
        return self.waiting == earlier.waiting == 0 and self.head == earlier.head
