"""Settings from the environment, each read and validated as its own kind. An empty one counts as
not set; one that cannot be used raises ImproperlyConfigured with its name and value."""

import os
import re
import secrets
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TypeVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from django.core.exceptions import ImproperlyConfigured

T = TypeVar("T")
Number = TypeVar("Number", int, float)
SWITCH = {
    **dict.fromkeys(("1", "true", "yes", "y", "on", "ok"), True),
    **dict.fromkeys(("0", "false", "no", "n", "off"), False),
}
URL_HINT = "is its port a number, and is a password's / written as %2F, its : as %3A?"
"""For a URL that cannot be read. It may have a password, so no error repeats it."""
MAX_NUMBER = 1_000_000_000  # of anything; as seconds, more than thirty years
EMBEDDED_BROKER = "filesystem://"
BROKER_SCHEMES = ("filesystem", "redis", "rediss", "amqp", "amqps")  # the s is for TLS
RATE = re.compile(r"[1-9]\d*/[smhd][a-z]*")
ADDRESSES_TOGETHER = 10  # all addresses together may send as much as ten, unless it is set


def text(name: str, default: str = "") -> str:
    return os.environ.get(name) or default


def words(name: str) -> list[str]:
    """The values between commas."""
    return [word.strip() for word in text(name).split(",") if word.strip()]


def switch(name: str) -> bool:
    """Off where it is not set."""
    return _read(name, False, lambda value: SWITCH[value.lower()], "1 or 0, on or off")


def choice(name: str, default: str, choices: Sequence[str]) -> str:
    what = f"{', '.join(choices[:-1])} or {choices[-1]}"
    return _read(name, default, lambda value: choices[choices.index(value)], what)


def whole(name: str, default: int, minimum: int = 0) -> int:
    what = f"a whole number from {minimum} to {MAX_NUMBER}"
    return _read(name, default, lambda value: _within(int(value), minimum), what)


def number(name: str, default: float, minimum: float = 0) -> float:
    what = f"a number from {minimum} to {MAX_NUMBER}"
    return _read(name, default, lambda value: _within(float(value), minimum), what)


def url(name: str) -> str:
    """An http or https URL without the slash at its end; empty where it is not set."""
    return _read(name, "", _as_url, "a URL such as https://blog.example")


def urls(name: str) -> list[str]:
    what = "URLs such as https://blog.example, with commas between them"
    return _read(name, [], lambda _: [_as_url(word) for word in words(name)], what)


def time_zone(name: str) -> str:
    """Its name; UTC where it is not set."""
    what = "the name of a time zone such as Europe/Vienna"
    return _read(name, "UTC", lambda value: ZoneInfo(value).key, what)


def broker_url() -> str:
    """``BROKER_URL``. Its errors repeat no URL: it has a password."""
    url = text("BROKER_URL", EMBEDDED_BROKER)
    try:
        scheme, _ = urlsplit(url).scheme, urlsplit(url).port
    except ValueError as error:
        raise ImproperlyConfigured(f"BROKER_URL cannot be read: {URL_HINT}") from error
    if scheme not in BROKER_SCHEMES:
        raise ImproperlyConfigured(
            "BROKER_URL is not supported: it begins with filesystem://, redis:// or amqp://"
        )
    return url


def throttle_rates() -> dict[str, str | None]:
    """By scope, as in ``60/min``; None is no limit."""
    writes = _rate("THROTTLE_WRITES", "60/min")
    number, _, period = (writes or "").partition("/")
    together = f"{ADDRESSES_TOGETHER * int(number)}/{period}" if writes else ""
    return {
        "writes": writes,
        "writes_all": _rate("THROTTLE_WRITES_ALL", together),
        "logins": _rate("THROTTLE_LOGINS", "10/min"),
    }


def demo_key(path: Path) -> str:
    """A secret key for a demo on loopback: the one in ``path``, made there if it is missing. Where
    nothing can be written, a key that lives as long as the process."""
    key = secrets.token_urlsafe(50)
    with suppress(OSError):
        if not path.exists():
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            # Processes that start together must agree on one key: the first link wins.
            with NamedTemporaryFile("w", dir=path.parent) as mine, suppress(FileExistsError):
                print(key, end="", file=mine, flush=True)
                os.link(mine.name, path)
        return path.read_text()
    return key


def _rate(name: str, default: str) -> str | None:
    value = os.environ.get(name, default)  # an empty one is set: no limit
    if value and not RATE.fullmatch(value):
        raise ImproperlyConfigured(f"{name} is like 60/min, not {value!r}")
    return value or None


def _read(name: str, default: T, read: Callable[[str], T], what: str) -> T:
    value = text(name).strip()
    try:
        return read(value) if value else default
    except (ValueError, LookupError, OSError) as error:  # OSError: a folder of time zones
        raise ImproperlyConfigured(f"{name} is {what}, not {value!r}") from error


def _within(value: Number, minimum: Number) -> Number:
    if not minimum <= value <= MAX_NUMBER:  # nor is "nan"
        raise ValueError
    return value


def _as_url(value: str) -> str:
    parts = urlsplit(value)
    # Reading a port that is none raises.
    is_whole = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    if not is_whole or parts.query or parts.fragment or any(map(str.isspace, value)):
        raise ValueError
    return value.rstrip("/")
