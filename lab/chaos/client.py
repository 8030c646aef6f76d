"""The client: sends one operation over HTTP, and records how it completed.

No connection is used twice and no request is repeated, so that an operation is sent once, whatever
happens to it.
"""

from collections.abc import Mapping
from dataclasses import replace

from lab.chaos.history import Completion, F, Operation
from lab.http import NoResponse, NotConnected, request

TIMEOUT_SECONDS = 60  # longer than any lock is waited for
REDIRECT, SERVER_ERROR = 300, 500
CREATIONS = (F.CREATE_POST, F.CREATE_COMMENT)
VERBS = {"approved": "approve", "rejected": "reject"}


class Client:
    """``addresses``: of each service. ``headers``: of every request, such as those of a login."""

    def __init__(
        self, addresses: Mapping[str, str], headers: Mapping[str, str] | None = None
    ) -> None:
        self._addresses, self._headers = addresses, headers

    def invoke(self, operation: Operation) -> Operation:
        """The operation, completed."""
        method, url, data = self._request(operation)
        try:
            response = request(method, url, data, headers=self._headers, timeout=TIMEOUT_SECONDS)
        except NotConnected:
            return replace(operation, completion=Completion.NO_CONNECTION)
        except NoResponse:
            return replace(operation, completion=Completion.NO_RESPONSE)
        completion = _completion(response.status)
        created = completion is Completion.SUCCESS and operation.f in CREATIONS
        id_ = response.data["id"] if created and response.body else ""
        return replace(operation, completion=completion, id=id_, code=response.status)

    def _request(self, operation: Operation) -> tuple[str, str, dict[str, str]]:
        """Method, URL, JSON."""
        value, target, content = operation.value, operation.target, operation.content
        posts, comments = (f"{self._addresses[name]}/api" for name in ("posts", "comments"))
        match operation.f:
            case F.CREATE_POST:
                return "POST", f"{posts}/posts/", {"title": value, "body": content}
            case F.EDIT_POST:
                return "PATCH", f"{posts}/posts/{target}/", {"title": value}
            case F.DELETE_POST:
                return "DELETE", f"{posts}/posts/{target}/", {}
            case F.CREATE_COMMENT:
                url = f"{comments}/posts/{target}/comments/"
                return "POST", url, {"author": value, "content": content}
            case F.DELETE_COMMENT:
                return "DELETE", f"{comments}/comments/{target}/", {}
        review = f"{self._addresses['moderation']}/api/moderation/reviews/{target}"
        return "POST", f"{review}/{VERBS[operation.status]}/", {"reason": value}


def _completion(status: int) -> Completion:
    if status >= SERVER_ERROR:
        return Completion.SERVER_ERROR
    return Completion.REFUSED if status >= REDIRECT else Completion.SUCCESS
