"""The SQL statements of a request, counted as they are executed; each meets the process's fault."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from typing import Any

from django.db import OperationalError, connections
from django.db.backends.signals import connection_created

from lab.faulting import Struck, faults

_counted: ContextVar[Counter[str] | None] = ContextVar("counted", default=None)


@contextmanager
def statements() -> Iterator[Counter[str]]:
    """Counts the statements of this thread by database, from now on. What opening a connection
    takes is not the request's: the next one finds it open."""
    counted: Counter[str] = Counter()
    token = _counted.set(counted)
    try:
        with ExitStack() as stack:
            for connection in connections.all():
                stack.enter_context(connection.execute_wrapper(_execute))
            yield counted
    finally:
        _counted.reset(token)


def so_far() -> Counter[str]:
    """What this thread's innermost ``statements()`` has counted, by database."""
    return Counter(_counted.get() or {})


def _execute(run: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
    alias = context["connection"].alias
    if (counted := _counted.get()) is not None:
        counted[alias] += 1
    try:
        faults.meet_statement(alias)
    except Struck:
        raise OperationalError("this database is down, as the lab asked for") from None
    return run(sql, params, many, context)


def _forget_opening(connection: Any, **_: Any) -> None:
    if counted := _counted.get():
        del counted[connection.alias]


connection_created.connect(_forget_opening)
