"""An event as it travels: ``{"type": "CommentCreated", "data": "{…}"}``."""

from collections.abc import Mapping

from eventstore.contracts import Contract, decode, encode


def letter(event: Contract) -> dict[str, str]:
    return {"type": type(event).__name__, "data": encode(event)}


def read(letter: Mapping[str, str]) -> Contract:
    return decode(letter["type"], letter["data"])
