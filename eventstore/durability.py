"""Transactions that need not wait for the disk, as what they wrote would be done again.

On PostgreSQL a commit waits until the disk has it, and a comment has several on its way to the
page, one after the other. A commit that does not wait is as atomic, and as visible
to others; if the server itself crashes, the last ones (those of 0.6 seconds at most) are lost,
always from the end: never one without all that the same server has committed after it. So it is for
what is done again from what is left: a consumer's batch with its checkpoint, a nudge that is noted.

SQLite's commits do not wait either (``synchronous=NORMAL``); MariaDB has no such choice for one
transaction.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.db import transaction

_repeatable: ContextVar[bool] = ContextVar("repeatable", default=False)


@contextmanager
def repeatable(alias: str) -> Iterator[None]:
    """A transaction of the database ``alias`` whose commit does not wait for the disk. Inside
    another one, it is committed as that."""
    with transaction.atomic(using=alias):
        # What runs after the commit is outside again: a relay, which has to wait.
        token = _repeatable.set(True)
        try:
            yield
        finally:
            _repeatable.reset(token)


def is_repeatable() -> bool:
    """Whether a transaction that begins now need not wait: for the backends in ``config``."""
    return _repeatable.get()
