"""What the lab asks of the newcomer's process, and what that answers."""

from typing import Literal

from msgspec import Struct

PATH = "/lab/newcomer/"

Listens = Literal["never", "before", "after"]
"""Since when the newcomer hears what comes: since before it copies, or since it has."""


class Order(Struct, frozen=True, kw_only=True):
    """Get the past in this way, into an empty database. ``delay`` of each hop in seconds. Who does
    not remember, ``listens`` from that moment on."""

    way: str
    at: dict[str, str]
    login: dict[str, str]
    delay: float = 0.0
    listens: Listens = "never"


class Copied(Struct, frozen=True, kw_only=True):
    """How that went. ``began`` and ``ended`` on the machine's monotonic clock, in seconds.

    ``requests``, and ``queries`` in the others' databases, are what it took of the others;
    ``written``, its own statements in its own database. ``records`` it was given, ``size`` bytes
    of them (None where that is not known); ``posts`` and ``comments`` it has now. ``errors`` are
    those of the steps that failed.
    """

    began: float
    ended: float
    requests: int
    queries: int
    written: int
    records: int
    size: int | None
    posts: int
    comments: int
    errors: list[str]

    @property
    def seconds(self) -> float:
        return self.ended - self.began


class Fact(Struct, frozen=True, kw_only=True):
    """Events of one type: how many were ``said``, and of how many the content is in a copy of the
    tables that were made of them."""

    type: str
    said: int
    in_copy: int
