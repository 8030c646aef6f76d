"""A contract as JSON Schema: its attributes, what they are for, and an example of its data."""

import ast
import inspect
import textwrap
from contextlib import suppress
from functools import cache
from itertools import pairwise
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import msgspec

from eventstore.contracts import Contract

Schema = dict[str, Any]

EXAMPLES: dict[str, Any] = {
    "title": "Oranges",
    "slug": "oranges",
    "former_path": "/2019/05/oranges/",
    "body": "They are not the only fruit.",
    "author": "Ann",
    "content": "I prefer pears.",
    "status": "approved",
    "CommentCreated.status": "pending",
    "decided_by": "filter",
}
"""By an attribute's name, with its type's where that differs; any other's goes by its kind."""
TIME = "2026-11-27T09:30:00Z"


@cache
def schema_of(contract: type[Contract]) -> Schema:
    """The JSON Schema of its data, with the docstrings of its attributes as descriptions. (Its
    attributes are single values: there is nothing to refer to.)"""
    schema = msgspec.json.schema(contract)["$defs"][contract.__name__]
    words = _docstrings(contract)
    attributes = {
        name: {**kind, "description": words[name]} if name in words else kind
        for name, kind in schema["properties"].items()
    }
    return {**schema, "properties": attributes}


def example_of(schema: Schema) -> dict[str, Any]:
    """Data that ``schema`` describes, with all attributes."""
    title = schema.get("title", "")
    return {
        name: EXAMPLES.get(f"{title}.{name}", _example(name, kind))
        for name, kind in schema["properties"].items()
    }


def bare(schema: Schema, data: dict[str, Any]) -> dict[str, Any]:
    """The data without the attributes that may be missing."""
    return {name: data[name] for name in schema.get("required", ()) if name in data}


def in_words(kind: Schema) -> str:
    """An attribute's kind of values, as in "uuid or null" and "string, maxLength 200"."""
    if "anyOf" in kind:
        return " or ".join(map(in_words, kind["anyOf"]))
    values = kind.get("enum", [kind["const"]] if "const" in kind else None)
    if values is not None:
        return " or ".join(msgspec.json.encode(value).decode() for value in values)
    name = kind.get("format") or kind.get("type", "any")
    limits = sorted(kind.keys() - {"type", "format", "default", "description"})
    return ", ".join([name, *(f"{limit} {kind[limit]}" for limit in limits)])


def _example(name: str, kind: Schema) -> Any:
    if name in EXAMPLES:
        return EXAMPLES[name]
    if "anyOf" in kind:
        return _example(name, kind["anyOf"][0])
    if "enum" in kind:
        return kind["enum"][0]
    by_format = {"uuid": str(uuid5(NAMESPACE_URL, name)), "date-time": TIME}
    by_type = {"integer": 1, "number": 1.5, "boolean": True, "string": ""}
    if kind.get("format") in by_format:
        return by_format[kind["format"]]
    return by_type.get(kind.get("type", ""))


def _docstrings(contract: type) -> dict[str, str]:
    """What stands below attributes in the source, by their names; where there is no source,
    nothing."""
    found: dict[str, str] = {}
    for each in reversed(contract.__mro__):
        with suppress(OSError, TypeError, SyntaxError):
            [tree] = ast.parse(textwrap.dedent(inspect.getsource(each))).body
            for attribute, below in pairwise(getattr(tree, "body", ())):
                match attribute, below:
                    case (
                        ast.AnnAssign(target=ast.Name(id=name)),
                        ast.Expr(value=ast.Constant(value=str(text))),
                    ):
                        found[name] = " ".join(text.split())
    return found
