"""``Idempotency-Key`` of the API's POST requests: a request that is sent again within 24 hours gets
the response of the first time, and nothing is done twice."""

import json
from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import exceptions
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from web.keys import HEADER, PATTERN, IdempotencyKey, KeyIsTaken, is_key

PARAMETER = OpenApiParameter(
    HEADER,
    {"type": "string", "pattern": PATTERN},
    location=OpenApiParameter.HEADER,
    description="A name for this request, such as a UUID. Sent again within 24 hours, it gets the "
    "same response, and nothing is done twice.",
)

Post = Callable[..., Response]


class KeyReused(exceptions.APIException):
    """422: the key was sent with another request."""

    status_code = HTTPStatus.UNPROCESSABLE_ENTITY
    default_detail = (
        f"This {HEADER} was sent with another body or to another address. Nothing was done."
    )
    default_code = "key_reused"


def idempotent(keys: type[IdempotencyKey]) -> Callable[[Post], Post]:
    """A decorator for a view's ``post``, which returns a Response of JSON values. With the header,
    it is done in one transaction of the database that ``keys`` are in, and a successful response is
    kept there. A request without the header is handled as if this was not here."""

    def decorate(post: Post) -> Post:
        @extend_schema(parameters=[PARAMETER])
        @wraps(post)
        def respond(view: Any, request: Request, *args: Any, **kwargs: Any) -> Response:
            key = _key(request)
            if key is None:
                return post(view, request, *args, **kwargs)
            response: Response

            def write() -> str | None:
                nonlocal response
                response = post(view, request, *args, **kwargs)
                return _pack(response) if response.status_code < 400 else None

            try:
                kept = keys.once(key, [request.path, request.data], write)
            except KeyIsTaken:
                raise KeyReused from None
            return response if kept is None else _unpack(kept)

        respond.__dict__["is_retry"] = lambda request: keys.is_known(_key(request))
        return respond

    return decorate


def _key(request: Request) -> list[str] | None:
    """The key, and the user that it belongs to; None where the request has none."""
    sent = request.headers.get(HEADER)
    if sent is None:
        return None
    if not is_key(sent):
        raise exceptions.ValidationError({HEADER: ["Send 1 to 255 ASCII characters, no spaces."]})
    return ["api", str(request.user.pk or ""), sent]


def _pack(response: Response) -> str:
    headers = {name: value for name, value in response.headers.items() if name != "Content-Type"}
    data = JSONRenderer().render(response.data).decode()
    return json.dumps([response.status_code, headers, data])


def _unpack(kept: str) -> Response:
    status, headers, data = json.loads(kept)
    return Response(json.loads(data), status, headers=headers)
