"""What log lines carry: the correlation id of the work at hand, from the request through every
service."""

import logging

from eventstore import correlation


class WithCorrelation(logging.Filter):
    """Adds ``correlation_id`` to each record, and ``correlation``, the same for a line of text;
    both empty where the work goes back to nothing."""

    def filter(self, record: logging.LogRecord) -> bool:
        scope = correlation.find()
        record.correlation_id = scope.correlation_id if scope else ""
        record.correlation = f" [{scope.correlation_id}]" if scope else ""
        return True
