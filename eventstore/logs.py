"""What the log says: each line with the correlation id of the work at hand, from the request
through every service, and a line for what a consumer has handled."""

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING

from eventstore import correlation

if TYPE_CHECKING:
    from eventstore.models import Event

log = logging.getLogger(__name__)

TOLD = 20
"""Events up to which there is a line for each; more are one line together."""


class WithCorrelation(logging.Filter):
    """Adds ``correlation_id`` to each record, and ``correlation``, the same for a line of text;
    both empty where the work goes back to nothing."""

    def filter(self, record: logging.LogRecord) -> bool:
        scope = correlation.find()
        record.correlation_id = scope.correlation_id if scope else ""
        record.correlation = f" [{scope.correlation_id}]" if scope else ""
        return True


def tell_handled(consumer: str, events: "Sequence[Event]") -> None:
    """Each line carries the correlation id of what its event goes back to."""
    if len(events) > TOLD:
        first, last = events[0].position, events[-1].position
        log.info("%s came past %d events, %d to %d", consumer, len(events), first, last)
        return
    for event in events:
        with correlation.scope(event.correlation_id, event.id, consumer):
            log.info(
                "%s came past %s at %d",
                consumer,
                event.type,
                event.position,
                extra={
                    "consumer": consumer,
                    "type": event.type,
                    "position": event.position,
                    "event_id": str(event.id),
                },
            )
