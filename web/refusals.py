"""What Django refuses as suspicious, as a wrong Host or too many fields, in the log."""

import logging


class InOneLine(logging.Filter):
    """It is answered with 400, and that is an answer, not an incident: a warning of one line, which
    may be what an operator looks for, and no traceback."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.name.startswith("django.security."):
            record.levelno, record.levelname = logging.WARNING, "WARNING"
            record.exc_info = record.exc_text = None
        return True
