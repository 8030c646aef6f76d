"""Settings from the environment, each read and validated as its own kind. An empty one counts as
not set; one that cannot be used raises ImproperlyConfigured with its name and value."""

import os
import re
import secrets
from collections.abc import Callable, Sequence
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, TypeVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from django.core.checks.security.base import (
    SECRET_KEY_INSECURE_PREFIX,
    SECRET_KEY_MIN_LENGTH,
    SECRET_KEY_MIN_UNIQUE_CHARACTERS,
)
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.core.validators import validate_email
from environ import Env

from web.signing import key_of

T = TypeVar("T")
Number = TypeVar("Number", int, float)
SWITCH = {
    **dict.fromkeys(("1", "true", "yes", "y", "on", "ok"), True),
    **dict.fromkeys(("0", "false", "no", "n", "off"), False),
}
URL_HINT = "is its port a number, and is a password's / written as %2F, its : as %3A?"
"""For a URL that cannot be read. It may have a password, so no error repeats it."""
STRONG_KEY = (
    "take 50 random characters or more, as from "
    "python3 -c 'import secrets; print(secrets.token_urlsafe(50))'"
)
MAX_NUMBER = 1_000_000_000  # of anything; as seconds, more than thirty years
EMBEDDED_BROKER = "filesystem://"
BROKER_SCHEMES = ("filesystem", "redis", "rediss", "amqp", "amqps")  # the s is for TLS
SMTP_PORTS = {"smtp": 25, "smtps": 587, "smtp+tls": 587, "smtp+ssl": 465}
EMAIL_HINT = (
    "is like smtp+tls://user:password@mail.example:587, smtp+ssl://…, smtp://…, "
    "filemail:///folder, consolemail:// or dummymail://; in a password / is written "
    "as %2F, @ as %40, : as %3A"
)
MIN_SECRET, MIN_KEY = 32, 24  # characters of a secret, bytes that it stands for
SIGNING_HINT = (
    "take 32 random characters or more, as from "
    "python3 -c 'import secrets; print(secrets.token_urlsafe(40))'"
)
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


def origins(name: str) -> list[str]:
    what = "origins such as https://app.example, without a path, with commas between them"
    return _read(name, [], lambda _: [_as_origin(word) for word in words(name)], what)


def webhook(name: str) -> tuple[str, str]:
    """``…_URL`` and ``…_SECRET``, or two empty ones. The URL may be secret, too, and the server of
    a private network: no error repeats it."""
    own, secret = text(f"{name}_URL").strip(), text(f"{name}_SECRET").strip()
    if not own:
        return "", ""
    try:
        parts = urlsplit(own)
        is_plain = own.isascii() and own.isprintable() and " " not in own
        is_whole = parts.hostname and parts.port != 0 and "@" not in parts.netloc
        if parts.scheme not in ("http", "https") or not is_plain or not is_whole:
            raise ValueError
    except ValueError:
        raise ImproperlyConfigured(
            f"{name}_URL is a URL such as https://chat.example/hook, without a user or password"
        ) from None
    try:
        is_strong = len(secret) >= MIN_SECRET and len(key_of(secret)) >= MIN_KEY
    except ValueError:
        is_strong = False
    if not is_strong:
        raise ImproperlyConfigured(
            f"set {name}_SECRET, which signs what is sent to {name}_URL: {SIGNING_HINT}"
        )
    return own, secret


def addresses(name: str, default: str = "") -> list[str]:
    """E-mail addresses, such as mo@blog.example, with commas between them."""
    found = [word.strip() for word in text(name, default).split(",") if word.strip()]
    for address in found:
        try:
            validate_email(address)
        except ValidationError:
            raise ImproperlyConfigured(
                f"{name} is addresses such as mo@blog.example, with commas between them, "
                f"not {text(name)!r}"
            ) from None
    return found


def email_server(base: Path = Path()) -> dict[str, Any]:
    """Django's settings for ``EMAIL_URL``; the console where it is not set. A relative folder is
    below ``base``. Its errors repeat no URL: it has a password."""
    own = text("EMAIL_URL", "consolemail://").strip()
    try:
        found: dict[str, Any] = Env.email_url_config(own)
        scheme = urlsplit(own).scheme
    except (ValueError, ImproperlyConfigured):
        raise ImproperlyConfigured(f"EMAIL_URL {EMAIL_HINT}") from None
    is_smtp = scheme in SMTP_PORTS
    if "OPTIONS" in found or (is_smtp and not found["EMAIL_HOST"]) or scheme == "memorymail":
        raise ImproperlyConfigured(f"EMAIL_URL {EMAIL_HINT}")
    if is_smtp:
        found["EMAIL_BACKEND"] = "web.outbound.Mailer"
        found["EMAIL_PORT"] = found["EMAIL_PORT"] or SMTP_PORTS[scheme]
    if scheme == "filemail":
        found["EMAIL_FILE_PATH"] = str(base / found["EMAIL_FILE_PATH"])
    found["EMAIL_HOST_PASSWORD"] = found["EMAIL_HOST_PASSWORD"] or ""
    return found


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


def traces() -> bool:
    """Whether a collector for traces is named (``OTEL_EXPORTER_OTLP_ENDPOINT``, or its variant for
    traces alone), by OpenTelemetry's own names. Raises for what only OpenTelemetry's other packages
    can do."""
    names = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
    is_off = switch("OTEL_SDK_DISABLED") or not any(map(url, names))
    if is_off or choice("OTEL_TRACES_EXPORTER", "otlp", ["otlp", "none"]) == "none":
        return False
    for name in ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL"):
        if (protocol := text(name, "http/protobuf")) != "http/protobuf":
            raise ImproperlyConfigured(f"{name} is http/protobuf, not {protocol!r}")
    if not all(map(find_spec, ("opentelemetry", "opentelemetry.exporter", "opentelemetry.sdk"))):
        raise ImproperlyConfigured(
            "OTEL_EXPORTER_OTLP_ENDPOINT needs more packages: pip install -r requirements-otel.txt"
        )
    return True


def secret_key(path: Path, public: bool) -> str:
    """``SECRET_KEY``, or on loopback one of our own. Who guesses it can sign an administrator's
    cookies, so the public is served with a strong one only."""
    key = text("SECRET_KEY")
    if not public:
        return key or demo_key(path)
    if not key:
        raise ImproperlyConfigured("set SECRET_KEY: ALLOWED_HOSTS names hosts beyond this machine")
    if is_weak(key):
        raise ImproperlyConfigured(
            "SECRET_KEY is too weak, as ALLOWED_HOSTS names hosts beyond this machine: "
            f"{STRONG_KEY}"
        )
    return key


def is_weak(key: str) -> bool:
    """By the criteria of Django's check ``security.W009``."""
    return (
        len(key) < SECRET_KEY_MIN_LENGTH
        or len(set(key)) < SECRET_KEY_MIN_UNIQUE_CHARACTERS
        or key.startswith(SECRET_KEY_INSECURE_PREFIX)
    )


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


def _as_origin(value: str) -> str:
    parts = urlsplit(_as_url(value))
    if parts.path or "@" in parts.netloc or "*" in parts.netloc:
        raise ValueError
    return f"{parts.scheme}://{parts.netloc.lower()}"
