"""Before everything else in each web process of the lab: it counts, and it breaks on demand."""

from collections.abc import Callable
from http import HTTPStatus

import msgspec
from django.http import HttpRequest, HttpResponse, HttpResponseBase

from lab.faulting import PATH, Fault, Struck, faults
from lab.network import QUERIES
from lab.statements import statements

GetResponse = Callable[[HttpRequest], HttpResponseBase]


class Lab:
    """Says in ``X-Lab-Queries`` how many SQL statements a request took: those of this process,
    and those of the calls that it made. Requests and statements meet the process's fault."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path == PATH:
            return control(request)
        faults.enter()
        try:
            return self._answer(request)
        finally:
            faults.leave()

    def _answer(self, request: HttpRequest) -> HttpResponseBase:
        try:
            faults.meet_request()
        except Struck:
            return HttpResponse(status=HTTPStatus.SERVICE_UNAVAILABLE)
        with statements() as counted:
            response = self.get_response(request)
        elsewhere = int(response.headers.get(QUERIES, 0))
        response.headers[QUERIES] = str(elsewhere + counted.total())
        return response


def control(request: HttpRequest) -> HttpResponse:
    """PUT sets the fault, DELETE takes it away, GET asks: each answers what was injected by the
    fault that was there until now."""
    injected = faults.injected()
    if request.method == "PUT":
        faults.set(msgspec.json.decode(request.body, type=Fault))
    elif request.method == "DELETE":
        faults.set(None)
    return HttpResponse(msgspec.json.encode(injected), content_type="application/json")
