"""Which broker carries the nudges, from the environment."""

from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from config import environment as env

EMBEDDED = "filesystem://"
SCHEMES = ("filesystem", "redis", "rediss", "amqp", "amqps")  # the s is for TLS


def broker_url() -> str:
    """``BROKER_URL``. Raises ImproperlyConfigured, and repeats no URL: it has a password."""
    url = env.text("BROKER_URL", EMBEDDED)
    try:
        scheme, _ = urlsplit(url).scheme, urlsplit(url).port
    except ValueError as error:
        raise ImproperlyConfigured(f"BROKER_URL cannot be read: {env.IS_IT_QUOTED}") from error
    if scheme not in SCHEMES:
        raise ImproperlyConfigured(
            "BROKER_URL is none that we know: it begins with filesystem://, redis:// or amqp://"
        )
    return url
