"""The client: sends one operation over HTTP, and records how it completed.

No connection is used twice and no request is repeated, so that an operation is sent once, whatever
happens to it.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Self

import httpx

from lab.bench.children import Failed
from lab.chaos.history import Completion, F, Operation

TIMEOUT_SECONDS = 60  # longer than any lock is waited for
NO_KEEPALIVE = httpx.Limits(max_keepalive_connections=0)
CREATIONS = (F.CREATE_POST, F.CREATE_COMMENT)
VERBS = {"approved": "approve", "rejected": "reject"}

Request = tuple[str, str, dict[str, str]]
"""Method, address, JSON."""


class Client:
    """Anonymous until ``log_in``. ``addresses``: of each service."""

    def __init__(
        self, addresses: Mapping[str, str], transport: httpx.BaseTransport | None = None
    ) -> None:
        self._addresses = addresses
        self._http = httpx.Client(
            transport=transport or httpx.HTTPTransport(limits=NO_KEEPALIVE), timeout=TIMEOUT_SECONDS
        )

    def log_in(self, password: str) -> Self:
        """As the administrator. Cookies do not know ports: it is valid for all services. Raises
        Failed."""
        address = f"{self._addresses['posts']}/admin/login/"
        self._http.get(address)
        form = {"username": "admin", "password": password, "csrfmiddlewaretoken": self._csrf_token}
        response = self._http.post(address, data=form)
        if "sessionid" not in self._http.cookies:
            raise Failed(f"cannot log in at {address}: {response.status_code}")
        return self

    def invoke(self, operation: Operation) -> Operation:
        """The operation, completed."""
        method, address, data = self._request(operation)
        try:
            response = self._http.request(
                method, address, json=data, headers={"X-CSRFToken": self._csrf_token}
            )
        except httpx.ConnectError:
            return replace(operation, completion=Completion.NO_CONNECTION)
        except httpx.TransportError:
            return replace(operation, completion=Completion.NO_RESPONSE)
        completion = completion_of(response.status_code)
        created = completion is Completion.SUCCESS and operation.f in CREATIONS
        id_ = response.json()["id"] if created else ""
        return replace(operation, completion=completion, id=id_, code=response.status_code)

    def _request(self, operation: Operation) -> Request:
        value, target = operation.value, operation.target
        posts, comments = (f"{self._addresses[name]}/api" for name in ("posts", "comments"))
        match operation.f:
            case F.CREATE_POST:
                return "POST", f"{posts}/posts/", {"title": value, "body": operation.content}
            case F.EDIT_POST:
                return "PATCH", f"{posts}/posts/{target}/", {"title": value}
            case F.DELETE_POST:
                return "DELETE", f"{posts}/posts/{target}/", {}
            case F.CREATE_COMMENT:
                data = {"author": value, "content": operation.content}
                return "POST", f"{comments}/posts/{target}/comments/", data
            case F.DELETE_COMMENT:
                return "DELETE", f"{comments}/comments/{target}/", {}
        review = f"{self._addresses['moderation']}/api/moderation/reviews/{target}"
        return "POST", f"{review}/{VERBS[operation.status]}/", {"reason": value}

    @property
    def _csrf_token(self) -> str:
        return str(self._http.cookies.get("csrftoken") or "")


def completion_of(code: int) -> Completion:
    if code >= httpx.codes.INTERNAL_SERVER_ERROR:
        return Completion.SERVER_ERROR
    return Completion.REFUSED if code >= httpx.codes.MULTIPLE_CHOICES else Completion.SUCCESS
