"""JSON that comes in."""

import json
from typing import IO, Any, NoReturn

from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser as DRFJSONParser

DIGITS = 1_000


class JSONParser(DRFJSONParser):
    """A JSON object in UTF-8, as I-JSON (RFC 7493) has it: no NaN, no key twice, no lone
    surrogates. Nesting or numbers beyond what can be read are an error of the sender's, not ours.

    Raises ParseError with what is wrong.
    """

    def parse(self, stream: IO[bytes], media_type: Any = None, parser_context: Any = None) -> Any:
        try:
            text = stream.read().decode()
            data = json.loads(
                text, object_pairs_hook=_object, parse_int=_integer, parse_constant=_no_constant
            )
            json.dumps(data, ensure_ascii=False).encode()
        except UnicodeDecodeError as error:
            raise ParseError(f"This is not UTF-8: byte {error.start} cannot be read.") from error
        except UnicodeEncodeError as error:
            raise ParseError("This is not JSON: it has half of a surrogate pair.") from error
        except RecursionError as error:
            raise ParseError("This JSON is nested too deeply.") from error
        except ValueError as error:
            raise ParseError(f"This is not JSON: {error}") from error
        if not isinstance(data, dict):
            raise ParseError("Send a JSON object: {…}.")
        return data


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key stands twice in one object")
    return found


def _integer(digits: str) -> int:
    if len(digits) > DIGITS:
        raise ValueError(f"a number has more than {DIGITS} digits")
    return int(digits)


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number of JSON's")
