"""What the lab adds to its web processes: SQL statements are counted, faults really injected."""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from http import HTTPStatus
from random import Random
from threading import Lock
from typing import Any, Literal

import msgspec
from django.db import OperationalError, connections
from django.db.backends.signals import connection_created
from django.http import HttpRequest, HttpResponse, HttpResponseBase

from lab.errors import wait_until
from lab.http import QUERIES
from lab.http import request as send

PATH = "/lab/faults/"
REST_SECONDS = 30.0


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """What happens to a share of a process's requests or, where ``databases`` names aliases, of its
    SQL statements to these. ``slow``: they wait for ``seconds``. ``failing``: they fail at once."""

    mode: Literal["slow", "failing"]
    share: float = 1.0
    seconds: float = 0.0
    databases: tuple[str, ...] = ()
    seed: int = 1


class Injected(msgspec.Struct, frozen=True, kw_only=True):
    """How many requests or statements came since the fault was set, and how many of them it slowed
    or failed. ``busy``: requests that the process handles now."""

    seen: int = 0
    injected: int = 0
    busy: int = 0


@contextmanager
def injecting(addresses: Sequence[str], fault: Fault) -> Iterator[Callable[[], Injected]]:
    """The processes at ``addresses`` have this fault. Yields what counts its effects so far."""

    def total() -> Injected:
        every = [_control("GET", address) for address in addresses]
        return Injected(seen=sum(e.seen for e in every), injected=sum(e.injected for e in every))

    with ExitStack() as stack:
        for address in addresses:
            _control("PUT", address, fault)
            stack.callback(_remove, address)
        yield total


def _remove(address: str) -> None:
    # A request whose client has given up may still be going on in the process.
    _control("DELETE", address)
    problem = f"the process at {address} does not come to rest"
    wait_until(lambda: not _control("GET", address).busy, REST_SECONDS, problem)


def _control(method: str, address: str, fault: Fault | None = None) -> Injected:
    return msgspec.json.decode(send(method, f"{address}{PATH}", fault).body, type=Injected)


# In the web process


class InjectedFault(Exception):
    """This request or statement is to fail."""


class Faults:
    """The fault of this process, if it has one."""

    def __init__(self) -> None:
        self._busy, self._lock = 0, Lock()
        self.set(None)

    def set(self, fault: Fault | None) -> None:
        with self._lock:
            self.fault, self._seen, self._injected = fault, 0, 0
            self._random = Random(fault.seed if fault else None)  # noqa: S311 - no secret

    @contextmanager
    def handling(self) -> Iterator[None]:
        """Around a request. Raises InjectedFault."""
        with self._lock:
            self._busy += 1
        try:
            self.meet()
            yield
        finally:
            with self._lock:
                self._busy -= 1

    def meet(self, alias: str | None = None) -> None:
        """A request has come, or a statement to the database ``alias``. Raises InjectedFault."""
        fault = self.fault
        if not fault or not (alias in fault.databases if alias else not fault.databases):
            return
        with self._lock:
            self._seen += 1
            strikes = self._random.random() < fault.share
            self._injected += strikes
        if strikes and fault.mode == "failing":
            raise InjectedFault
        if strikes:
            time.sleep(fault.seconds)

    def control(self, request: HttpRequest) -> HttpResponse:
        """PUT sets the fault, DELETE removes it; each, and GET, returns what it has done so far."""
        injected = Injected(seen=self._seen, injected=self._injected, busy=self._busy)
        if request.method == "PUT":
            self.set(msgspec.json.decode(request.body, type=Fault))
        elif request.method == "DELETE":
            self.set(None)
        return HttpResponse(msgspec.json.encode(injected), content_type="application/json")


_faults = Faults()
_counted: ContextVar[Counter[str]] = ContextVar("counted")  # statements of a request, by database


class Middleware:
    """Comes before everything else. Reports in ``X-Lab-Queries`` how many SQL statements a request
    took: those of this process, and those of the calls that it made. The process's fault applies
    to requests and statements."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path == PATH:
            return _faults.control(request)
        counted: Counter[str] = Counter()
        _counted.set(counted)
        try:
            with _faults.handling(), ExitStack() as stack:
                for connection in connections.all():
                    stack.enter_context(connection.execute_wrapper(_execute))
                response = self.get_response(request)
        except InjectedFault:
            return HttpResponse(status=HTTPStatus.SERVICE_UNAVAILABLE)
        elsewhere = int(response.headers.get(QUERIES, 0))
        response.headers[QUERIES] = str(elsewhere + counted.total())
        return response


def statement_counts() -> Counter[str]:
    """How many statements this thread's request has taken so far, by database."""
    return Counter(_counted.get({}))


def _execute(run: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
    alias = context["connection"].alias
    _counted.get()[alias] += 1
    try:
        _faults.meet(alias)
    except InjectedFault:
        raise OperationalError("this database is down: the lab injected a fault") from None
    return run(sql, params, many, context)


def _forget_opening(connection: Any, **_: Any) -> None:
    """What opening a connection takes is not counted: the next request finds it open."""
    if counted := _counted.get(None):
        del counted[connection.alias]


connection_created.connect(_forget_opening)
