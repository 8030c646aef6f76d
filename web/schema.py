"""What the schema says of all addresses alike: their errors, and the headers of their answers."""

from collections.abc import Iterator
from typing import Any

Part = dict[str, Any]

ERRORS = {
    "400": "This cannot be read, or something in it is wrong: what, by its name.",
    "403": "This is not for you; or your login, or the token of your form, is not right.",
    "404": "There is nothing at this address.",
    "406": "This cannot be had in the form that was asked for.",
    "412": "It has changed since you read it. Nothing was done.",
    "413": "The body is too large.",
    "415": "Send JSON.",
    "429": "Too many writes. Retry-After says how many seconds to wait.",
    "503": "This cannot be answered at the moment. Nothing was done; Retry-After, where it is "
    "given, says in how many seconds to try again.",
}
HEADERS = {
    "X-Correlation-ID": ("The request's, or one that was made for it.", {"type": "string"}),
    "X-Event-Position": ("Where the event of this write stands in the log.", {"type": "integer"}),
    "Retry-After": ("Seconds.", {"type": "integer", "minimum": 0}),
    "ETag": ("The version that this is.", {"type": "string"}),
}
NO_NUL = r"^[^\u0000]*$"
SCHEMAS: Part = {
    "Error": {
        "type": "object",
        "properties": {"detail": {"type": "string"}},
        "required": ["detail"],
    },
    "Invalid": {
        "type": "object",
        "description": "What is wrong with each of these, or with all of it (`detail`).",
        "additionalProperties": {
            "oneOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]
        },
    },
}


def add_what_all_have(result: Part, generator: Any, request: Any, public: bool) -> Part:
    """A hook of drf-spectacular's: complete the finished schema."""
    components = result["components"]
    components.setdefault("schemas", {}).update(SCHEMAS)
    components["headers"] = {
        name: {"description": what, "schema": schema} for name, (what, schema) in HEADERS.items()
    }
    components["responses"] = {f"Error{status}": _error(status) for status in ERRORS}
    for operations in result["paths"].values():
        for method, operation in operations.items():
            _complete(method, operation)
    return result


def _complete(method: str, operation: Part) -> None:
    for parameter in operation.get("parameters", []):
        if parameter["in"] == "query" and parameter["schema"].get("type") == "string":
            parameter["allowEmptyValue"] = True  # it counts as not given
            if not {"format", "enum"} & parameter["schema"].keys():
                parameter["schema"]["pattern"] = NO_NUL
    responses = operation["responses"]
    for status in _errors_of(method, operation):
        responses[status] = {"$ref": f"#/components/responses/Error{status}"}
    if _has(operation, "header", "If-None-Match"):
        responses["304"] = {"description": "You have this version already."}
    operation["responses"] = responses = dict(sorted(responses.items()))
    for status, response in responses.items():
        if "$ref" not in response:
            response["headers"] = {**response.get("headers", {}), **_headers(method, status)}


def _errors_of(method: str, operation: Part) -> Iterator[str]:
    body = "requestBody" in operation
    if body or _has(operation, "query"):
        yield "400"
    yield from ("403", "406", "503")
    if _has(operation, "path"):
        yield "404"
    if _has(operation, "header", "If-Match"):
        yield "412"
    if method != "get":
        yield from ("413", "429")
    if body:
        yield "415"


def _has(operation: Part, place: str, name: str = "") -> bool:
    return any(
        parameter["in"] == place and name in ("", parameter["name"])
        for parameter in operation.get("parameters", [])
    )


def _headers(method: str, status: str) -> Part:
    names = ["X-Correlation-ID"]
    if method != "get" and status < "300":
        names.append("X-Event-Position")
    if status in ("429", "503"):
        names.append("Retry-After")
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def _error(status: str) -> Part:
    schema = {"$ref": f"#/components/schemas/{'Invalid' if status == '400' else 'Error'}"}
    return {
        "description": ERRORS[status],
        "headers": _headers("", status),
        "content": {"application/json": {"schema": schema}},
    }
