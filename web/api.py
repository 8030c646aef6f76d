"""What all JSON APIs have in common: the JSON and the text that they accept, their query string,
their pages in a browser."""

import json
from typing import IO, Any, NoReturn

from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.extensions import OpenApiSerializerFieldExtension
from rest_framework import parsers, renderers, serializers
from rest_framework.exceptions import ParseError
from rest_framework.request import Request

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


class BrowsableAPIRenderer(renderers.BrowsableAPIRenderer):
    """DRF's, without the style that it writes into the page for code in descriptions: ours have
    none, and the Content Security Policy would block it."""

    def get_context(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        return {**super().get_context(*args, **kwargs), "code_style": ""}


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
