"""Examples in the schema of the API, made of its types: a field's example goes by its name."""

from typing import Any

Part = dict[str, Any]

UUID = "0190a7e5-6c3f-7b1e-9d55-3f6f0c1e2a4b"
TIME = "2026-11-27T09:30:00Z"
FIELDS: Part = {
    "title": "Oranges",
    "slug": "oranges",
    "body": "They are not the only fruit.",
    "author": "Ann",
    "content": "I prefer pears.",
    "status": "approved",
    "reason": "the rule “orange”",
    "decided_by": "filter",
    "decided_at": TIME,
    "seen": TIME,
    "detail": "mo has decided already. Nothing was saved.",
    "source": "posts",
    "type": "PostDeleted",
    "subject": UUID,
    "data": {"post_id": UUID},
    "correlationid": UUID,
}
FORMATS = {"uuid": UUID, "date-time": TIME, "uri": "https://blog.example/api/posts/"}
TYPES = {"integer": 1, "number": 1.0, "boolean": True, "string": "text", "object": {}}


def add_examples(operation: Part, schemas: Part) -> None:
    """To what the operation takes and to each of its successful responses."""
    for carrier in (operation.get("requestBody", {}), *operation["responses"].values()):
        for media_type in carrier.get("content", {}).values():
            if "schema" in media_type:
                media_type.setdefault("example", example(media_type["schema"], schemas))


def example(schema: Part, schemas: Part, name: str = "") -> Any:
    """A value that ``schema`` describes; ``schemas`` are those that it refers to by name."""
    if name in FIELDS:
        return FIELDS[name]
    if "$ref" in schema:
        return example(schemas[schema["$ref"].rpartition("/")[2]], schemas)
    for several in ("allOf", "oneOf", "anyOf"):
        if several in schema:
            return example(schema[several][0], schemas)
    if schema.get("nullable"):
        return None
    if "properties" in schema:
        return {key: example(value, schemas, key) for key, value in schema["properties"].items()}
    if schema["type"] == "array":
        return [example(schema["items"], schemas)]
    if "enum" in schema:
        return schema["enum"][0]
    return FORMATS.get(schema.get("format", ""), TYPES[schema["type"]])
