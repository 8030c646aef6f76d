"""Comes before everything else in the lab's web processes: counts SQL, and applies faults."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from http import HTTPStatus
from typing import Any

import msgspec
from django.db import OperationalError, connections
from django.db.backends.signals import connection_created
from django.http import HttpRequest, HttpResponse, HttpResponseBase

from lab.faults import PATH, Fault, InjectedFault, faults
from lab.network import QUERIES

GetResponse = Callable[[HttpRequest], HttpResponseBase]

_counted: ContextVar[Counter[str] | None] = ContextVar("counted", default=None)


class Lab:
    """Reports in ``X-Lab-Queries`` how many SQL statements a request took: those of this process,
    and those of the calls that it made. The process's fault applies to requests and statements."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path == PATH:
            return control(request)
        try:
            with faults.handling(), statements() as counted:
                response = self.get_response(request)
        except InjectedFault:
            return HttpResponse(status=HTTPStatus.SERVICE_UNAVAILABLE)
        elsewhere = int(response.headers.get(QUERIES, 0))
        response.headers[QUERIES] = str(elsewhere + counted.total())
        return response


def control(request: HttpRequest) -> HttpResponse:
    """PUT sets the fault, DELETE removes it, GET only reads: each returns what the fault until now
    has done."""
    injected = faults.injected()
    if request.method == "PUT":
        faults.set(msgspec.json.decode(request.body, type=Fault))
    elif request.method == "DELETE":
        faults.set(None)
    return HttpResponse(msgspec.json.encode(injected), content_type="application/json")


@contextmanager
def statements() -> Iterator[Counter[str]]:
    """Counts the statements of this thread by database, for the time of a block. What opening a
    connection takes is not counted: the next request finds it open."""
    counted: Counter[str] = Counter()
    token = _counted.set(counted)
    try:
        with ExitStack() as stack:
            for connection in connections.all():
                stack.enter_context(connection.execute_wrapper(_execute))
            yield counted
    finally:
        _counted.reset(token)


def statement_counts() -> Counter[str]:
    """What this thread's innermost ``statements()`` has counted so far, by database."""
    return Counter(_counted.get() or {})


def _execute(run: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
    alias = context["connection"].alias
    if (counted := _counted.get()) is not None:
        counted[alias] += 1
    try:
        faults.meet(alias)
    except InjectedFault:
        raise OperationalError("this database is down: the lab injected a fault") from None
    return run(sql, params, many, context)


def _forget_opening(connection: Any, **_: Any) -> None:
    if counted := _counted.get():
        del counted[connection.alias]


connection_created.connect(_forget_opening)
