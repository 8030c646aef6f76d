"""Settings from the environment, each read as what it has to be.

One that is empty is as one that is not there. One that cannot be used raises ImproperlyConfigured,
which names the setting and its value.
"""

import os
from collections.abc import Callable, Collection
from typing import TypeVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.core.exceptions import ImproperlyConfigured

T = TypeVar("T")
Number = TypeVar("Number", int, float)

ON, OFF = {"1", "true", "yes", "y", "on", "ok"}, {"0", "false", "no", "n", "off"}
IS_IT_QUOTED = "is its port a number, and is a password's / written as %2F, its : as %3A?"
"""Of a URL that cannot be read. It may have a password, so no error repeats it."""

MOST = 1_000_000_000  # of anything; as seconds, more than thirty years


def text(name: str, default: str = "") -> str:
    return os.environ.get(name) or default


def words(name: str) -> list[str]:
    """What stands between commas."""
    return [word.strip() for word in text(name).split(",") if word.strip()]


def switch(name: str) -> bool:
    """Off where it is not set."""

    def read(value: str) -> bool:
        if value.lower() not in ON | OFF:
            raise ValueError
        return value.lower() in ON

    return _read(name, False, read, "1 or 0, on or off")


def choice(name: str, default: str, choices: Collection[str]) -> str:
    def read(value: str) -> str:
        if value not in choices:
            raise ValueError
        return value

    *some, last = choices
    return _read(name, default, read, f"{', '.join(some)} or {last}")


def whole(name: str, default: int, least: int = 0) -> int:
    what = f"a whole number from {least} to {MOST}"
    return _read(name, default, lambda value: _within(int(value), least), what)


def number(name: str, default: float, least: float = 0) -> float:
    what = f"a number from {least} to {MOST}"
    return _read(name, default, lambda value: _within(float(value), least), what)


def url(name: str) -> str:
    """An http or https URL without the slash at its end; empty where it is not set."""
    return _read(name, "", _as_url, "a URL such as https://blog.example")


def urls(name: str) -> list[str]:
    def read(value: str) -> list[str]:
        return [_as_url(word.strip()) for word in value.split(",") if word.strip()]

    return _read(name, [], read, "URLs such as https://blog.example, with commas between them")


def time_zone(name: str) -> str:
    """Its name; UTC where it is not set."""

    def read(value: str) -> str:
        try:
            return ZoneInfo(value).key
        except (ZoneInfoNotFoundError, OSError) as error:  # OSError: a folder of them
            raise ValueError from error

    return _read(name, "UTC", read, "the name of a time zone such as Europe/Vienna")


def _read(name: str, default: T, read: Callable[[str], T], what: str) -> T:
    value = text(name).strip()
    try:
        return read(value) if value else default
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} is {what}, not {value!r}") from error


def _within(value: Number, least: Number) -> Number:
    if not least <= value <= MOST:  # nor is "nan"
        raise ValueError
    return value


def _as_url(value: str) -> str:
    parts = urlsplit(value)
    # Reading a port that is none raises.
    is_whole = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    if not is_whole or parts.query or parts.fragment or any(map(str.isspace, value)):
        raise ValueError
    return value.rstrip("/")
