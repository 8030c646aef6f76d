"""What all JSON APIs have in common: the JSON and the text that they accept, their query string,
the JSON and the pages in a browser that they respond with."""

import json
from typing import IO, Any, NoReturn
from uuid import UUID

import msgspec
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.extensions import OpenApiSerializerFieldExtension
from drf_spectacular.utils import OpenApiParameter
from rest_framework import parsers, renderers, serializers
from rest_framework.exceptions import ParseError, ValidationError
from rest_framework.request import Request

from eventstore.querystring import StrictQuery as StrictQuery
from eventstore.querystring import query_values
from eventstore.querystring import validated_query as validated_query
from web.text import plain_text

MAX_DIGITS = 1_000


class JSONParser(parsers.JSONParser):
    """A JSON object in UTF-8, as I-JSON (RFC 7493) has it: no NaN, no key twice, no lone
    surrogates. Raises ParseError for these, and for too many levels or digits."""

    def parse(self, stream: IO[bytes], media_type: Any = None, parser_context: Any = None) -> Any:
        try:
            text = stream.read().decode()
            data = json.loads(
                text, object_pairs_hook=_object, parse_int=_integer, parse_constant=_no_constant
            )
            json.dumps(data, ensure_ascii=False).encode()
        except UnicodeDecodeError as error:
            raise ParseError(f"Invalid UTF-8 at byte {error.start}.") from error
        except UnicodeEncodeError as error:
            raise ParseError("Invalid JSON: half of a surrogate pair.") from error
        except RecursionError as error:
            raise ParseError("Invalid JSON: nested too deeply.") from error
        except ValueError as error:
            raise ParseError(f"Invalid JSON: {error}") from error
        if not isinstance(data, dict):
            raise ParseError("Send a JSON object: {…}.")
        return data


class TextField(serializers.CharField):
    """Plain text. A number or a boolean is not turned into a string."""

    default_validators = (plain_text,)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return str(super().to_internal_value(data))


class TextFieldSchema(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]
    target_class = "web.api.TextField"

    def map_serializer_field(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        schema: dict[str, Any] = auto_schema._map_serializer_field(
            self.target, direction, bypass_extensions=True
        )
        if direction == "response":
            return schema
        description = (
            "At least one visible character; no control characters but line breaks and tabs. "
            "Spaces at both ends are removed."
        )
        # Where it may be empty, drf-spectacular adds that as another kind of string.
        return {**schema, "format": "plain-text", "minLength": 1, "description": description}


class FilterBackend(DjangoFilterBackend):  # type: ignore[misc]
    """Filters read the query string in the same way."""

    def get_filterset_kwargs(self, request: Request, queryset: Any, view: Any) -> dict[str, Any]:
        given = super().get_filterset_kwargs(request, queryset, view)
        return {**given, "data": query_values(request)}


class JSONRenderer(renderers.JSONRenderer):
    """DRF's. A struct, or a page of them, is written by msgspec: the same bytes as of a serializer
    with the struct's fields, whose times are local."""

    def render(self, data: Any, media_type: Any = None, context: Any = None) -> Any:
        if not _is_of_structs(data):
            return super().render(data, media_type, context)
        if self.get_indent(media_type, context or {}):
            return super().render(msgspec.to_builtins(data), media_type, context)
        encoded = msgspec.json.encode(data)
        for separator, escaped in () if encoded.isascii() else _LINE_SEPARATORS.items():
            encoded = encoded.replace(separator, escaped)
        return encoded


class BrowsableAPIRenderer(renderers.BrowsableAPIRenderer):
    """DRF's, without the style that it writes into the page for code in descriptions: ours have
    none, and the Content Security Policy would block it."""

    def get_context(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        return {**super().get_context(*args, **kwargs), "code_style": ""}


def ids_parameter(name: str, most: int) -> OpenApiParameter:
    """``?name=<uuid>&name=<uuid>``, for ``uuids``."""
    items = {"type": "string", "format": "uuid"}
    limits = {"minItems": 1, "maxItems": most}
    return OpenApiParameter(name, {"type": "array", "items": items, **limits}, required=True)


def uuids(request: Request, name: str, most: int) -> list[UUID]:
    """The values of this name in the query string. Raises ValidationError unless they are 1 to
    ``most`` UUIDs."""
    field, values = serializers.UUIDField(), request.query_params.getlist(name)
    if not 0 < len(values) <= most:
        raise ValidationError({name: [f"Send 1 to {most} ids."]})
    try:
        return [field.run_validation(value) for value in values]
    except ValidationError as error:
        raise ValidationError({name: error.detail}) from None


_LINE_SEPARATORS = {"\u2028".encode(): b"\\u2028", "\u2029".encode(): b"\\u2029"}
"""Which DRF escapes, so that all JSON is JavaScript, too."""


def _is_of_structs(data: Any) -> bool:
    found = data.get("results") if type(data) is dict else data
    return isinstance(found[0] if type(found) is list and found else found, msgspec.Struct)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("an object has a key twice")
    return found


def _integer(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise ValueError(f"a number has more than {MAX_DIGITS} digits")
    return int(digits)


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number")
