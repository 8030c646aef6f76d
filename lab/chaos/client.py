"""HTTP as the writers speak it. No connection is used twice and nothing is sent again, so that a
write is sent once, whatever happens to it."""

from dataclasses import dataclass
from typing import Any, Self

import httpx

from lab.bench.children import Failed
from lab.chaos.ledger import Answer

SECONDS = 60  # that an answer may take: longer than any lock is waited for
ONCE = httpx.Limits(max_keepalive_connections=0)
SUCCESS, SERVER_ERROR = 300, 500
FORM = "csrfmiddlewaretoken"


@dataclass(frozen=True)
class Reply:
    """``code`` is 0 and ``data`` None where no answer came."""

    answer: Answer
    code: int = 0
    data: Any = None


class Client:
    """One writer's. ``as_staff`` logs in; who has not is anybody."""

    def __init__(self, transport: httpx.BaseTransport | None = None) -> None:
        self._http = httpx.Client(
            transport=transport or httpx.HTTPTransport(limits=ONCE), timeout=SECONDS
        )

    def as_staff(self, address: str, password: str) -> Self:
        """Cookies do not know ports: this is for all services. Raises Failed."""
        login = f"{address}/admin/login/"
        self._http.get(login)
        form = {"username": "admin", "password": password, FORM: self._token}
        answer = self._http.post(login, data=form)
        if "sessionid" not in self._http.cookies:
            raise Failed(f"nobody can log in at {login}: {answer.status_code}")
        return self

    def send(self, method: str, address: str, **data: str) -> Reply:
        """Sends once, and says what is known of it then."""
        try:
            response = self._http.request(
                method, address, json=data, headers={"X-CSRFToken": self._token}
            )
        except httpx.ConnectError:
            return Reply(Answer.UNREACHED)
        except httpx.TransportError:
            return Reply(Answer.UNANSWERED)
        code = response.status_code
        if code >= SERVER_ERROR:
            return Reply(Answer.FAILED, code)
        if code >= SUCCESS:
            return Reply(Answer.REFUSED, code)
        return Reply(Answer.HELD, code, response.json() if response.content else None)

    def close(self) -> None:
        self._http.close()

    @property
    def _token(self) -> str:
        return str(self._http.cookies.get("csrftoken") or "")
