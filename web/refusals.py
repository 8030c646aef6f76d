"""What the server refuses before a thread handles it, and how Django answers such a request."""

import logging
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.utils.deprecation import MiddlewareMixin

from web.errors import MALFORMED, TRY_AGAIN, error_response, try_again_later
from web.logs import printable

log = logging.getLogger(__name__)

REFUSAL = "hindsight.refusal"  # in the WSGI environment, where no header of a request can be
DETAILS = {
    HTTPStatus.BAD_REQUEST: MALFORMED,
    HTTPStatus.REQUEST_TIMEOUT: f"The request came too slowly. Nothing was saved. {TRY_AGAIN}.",
}


class Refused(Exception):
    """The response is ``status``: 400, 408 or 503. ``reason`` is for the log. ``begun``: a thread
    handles the request all the same."""

    def __init__(self, status: HTTPStatus, reason: str, *, begun: bool = False) -> None:
        super().__init__(reason)
        self.status, self.reason, self.begun = status, reason, begun


class Refusals(MiddlewareMixin):
    """Answers a request that was refused, and logs it in one line. Needs no database."""

    def process_request(self, request: HttpRequest) -> HttpResponse | None:
        refusal: Refused | None = request.META.get(REFUSAL)
        if refusal is None:
            return None
        path = printable(request.path)
        log.warning("%s %s: %d, %s", request.method, path, refusal.status, refusal.reason)
        if refusal.status not in DETAILS:
            return try_again_later(request, refusal.begun)
        response = error_response(request, refusal.status, DETAILS[refusal.status])
        response.headers["Connection"] = "close"  # more of the body may follow
        return response
