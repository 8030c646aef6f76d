"""Errors of the API as problem details (RFC 9457), for clients that accept these by name. All
others get DRF's shape."""

import json
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest
from django.utils.cache import patch_vary_headers
from django.utils.deprecation import MiddlewareMixin
from django.utils.encoding import escape_uri_path
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.request import Request

MEDIA_TYPE = "application/problem+json"
OF_FIELDS = "Some of what was sent is invalid: see errors."


class Problems(MiddlewareMixin):
    """Rewrites each error, whoever made it: a view, a middleware, or what refuses a request before
    there is one."""

    def process_response(self, request: HttpRequest, response: Any) -> Any:
        kind = response.headers.get("Content-Type", "").partition(";")[0]
        is_error = response.status_code >= HTTPStatus.BAD_REQUEST and kind == "application/json"
        if not (is_error and request.path_info.startswith("/api/")):
            return response
        patch_vary_headers(response, ["Accept"])
        if accepts_problems(request):
            body = problem(request, response.status_code, json.loads(response.content))
            response.content = json.dumps(body).encode()
            response.headers["Content-Type"] = MEDIA_TYPE
            if "Content-Length" in response.headers:
                response.headers["Content-Length"] = str(len(response.content))
        return response


def problem(request: HttpRequest, status: int, data: Any) -> dict[str, Any]:
    """The problem that ``data``, an error in DRF's shape, is. What is wrong with fields is its
    member ``errors``; what an error has beside its ``detail`` are members too."""
    phrase = HTTPStatus(status).phrase
    head = {"type": "about:blank", "title": phrase, "status": status}
    instance = {"instance": escape_uri_path(request.path)}
    if isinstance(data, dict) and "detail" in data:
        return {**data, **head, **instance}
    errors = data if isinstance(data, dict) else {"non_field_errors": data}
    return {**head, "detail": OF_FIELDS, **instance, "errors": errors}


def accepts_problems(request: HttpRequest) -> bool:
    """Whether the client names the type: ``*/*`` is no wish for it."""
    return any(f"{kind.main_type}/{kind.sub_type}" == MEDIA_TYPE for kind in request.accepted_types)


class ContentNegotiation(DefaultContentNegotiation):
    """Who accepts problems accepts JSON where there is none."""

    def get_accept_list(self, request: Request) -> list[str]:
        accepted = super().get_accept_list(request)
        named = accepts_problems(request._request)
        return [*accepted, "application/json"] if named else accepted
