"""The OpenAPI schema at /api/schema/ and Swagger's page of it at /api/docs/."""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.http import HttpRequest
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response

from web.examples import add_examples
from web.keys import HEADER
from web.problems import MEDIA_TYPE, problem

Part = dict[str, Any]

COMMON: Part = tomllib.loads(Path(__file__).with_suffix(".toml").read_text())
NO_NUL = r"^[^\u0000]*$"


class Schema(SpectacularAPIView):
    """There is one version: that of ``?version=`` would come back in a header, unchecked."""

    def _get_version_parameter(self, request: Any) -> None:
        return None

    def handle_exception(self, exc: Exception) -> Response:
        """Errors come as JSON, as everywhere."""
        response = super().handle_exception(exc)
        self.request.accepted_renderer = JSONRenderer()
        self.request.accepted_media_type = JSONRenderer.media_type
        return response


class Docs(SpectacularSwaggerSplitView):
    """Its script comes from this address too (``?script=``), its style and its dark
    mode from files."""

    template_name = "web/docs.html"
    url_name = "schema"


def add_errors_and_headers(result: Part, generator: Any, request: Any, public: bool) -> Part:
    """A hook of drf-spectacular's: adds what all operations have in common."""
    components = result["components"]
    schemas = components.setdefault("schemas", {})
    for schema in schemas.values():
        for field in schema.get("properties", {}).values():
            _lift_default(field)
            field.pop("example", None)  # DRF's own, of another site's cursors
    schemas.update(COMMON["schemas"])
    components["headers"] = COMMON["headers"]
    components["responses"] = {f"Error{status}": _error(status) for status in COMMON["errors"]}
    for operations in result["paths"].values():
        for method, operation in operations.items():
            add_examples(operation, schemas)
            _complete(method, operation)
    return result


def _lift_default(field: Part) -> None:
    """A default belongs to the field: of its kinds of values, one alone may allow it."""
    for kind in field.get("oneOf", []):
        if "default" in kind:
            field["default"] = kind.pop("default")


def _complete(method: str, operation: Part) -> None:
    for parameter in operation.get("parameters", []):
        if parameter["in"] == "query" and parameter["schema"].get("type") == "string":
            if not parameter.get("required"):
                parameter["allowEmptyValue"] = True  # it counts as absent
            if not {"format", "enum"} & parameter["schema"].keys():
                parameter["schema"]["pattern"] = NO_NUL
    responses = operation["responses"]
    for status in _errors_of(method, operation):
        responses[status] = {"$ref": f"#/components/responses/Error{status}"}
    if _has(operation, "header", "If-None-Match"):
        responses["304"] = {"description": "Not changed: you have this version."}
    operation["responses"] = responses = dict(sorted(responses.items()))
    for status, response in responses.items():
        if "$ref" not in response:
            response["headers"] = {**response.get("headers", {}), **_headers(method, status)}


def _errors_of(method: str, operation: Part) -> Iterator[str]:
    body = "requestBody" in operation
    if body or _has(operation, "query") or _has(operation, "header", HEADER):
        yield "400"
    yield from ("401", "403", "406", "503")
    if _has(operation, "path") or _has(operation, "query", "of"):  # what it is the journey of
        yield "404"
    if _has(operation, "header", "If-Match"):
        yield "412"
    if method != "get":
        yield from ("413", "429")
    if body:
        yield "415"
    if _has(operation, "header", HEADER):
        yield "422"


def _has(operation: Part, place: str, name: str = "") -> bool:
    return any(
        parameter["in"] == place and name in ("", parameter["name"])
        for parameter in operation.get("parameters", [])
    )


def _headers(method: str, status: str) -> Part:
    names = ["X-Correlation-ID"]
    if method != "get" and status < "300":
        names.append("X-Event-Position")
    if status == "201":
        names.append("Location")
    if status == "401":
        names.append("WWW-Authenticate")
    if status in ("429", "503"):
        names.append("Retry-After")
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def _error(status: str) -> Part:
    schema = {"$ref": f"#/components/schemas/{'Invalid' if status == '400' else 'Error'}"}
    plain = COMMON["examples"].get(status, {"detail": COMMON["errors"][status].partition("\n")[0]})
    request = HttpRequest()
    request.path = "/api/posts/"
    return {
        "description": COMMON["errors"][status],
        "headers": _headers("", status),
        "content": {
            "application/json": {"schema": schema, "example": plain},
            MEDIA_TYPE: {
                "schema": {"$ref": "#/components/schemas/Problem"},
                "example": problem(request, int(status), plain),
            },
        },
    }
