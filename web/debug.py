"""Django's error pages with all details (``DEBUG``), but without passwords and keys.

Django hides settings by their names alone: not the password in a URL, as a broker's, nor what the
variables of a traceback hold."""

import os
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from django.conf import settings
from django.utils.html import escape
from django.utils.safestring import SafeString
from django.views import debug

HIDDEN = "********"
MIN_LENGTH = 4  # of a secret that is looked for anywhere: a shorter one is part of many words
# Of variables and options.
NAMES = re.compile("PASSW|PASSPHRASE|SECRET|CREDENTIAL|TOKEN|AUTH(?!OR)", re.IGNORECASE)
_QUOTE = "(?:'|\"|&#x27;|&quot;)"
IN_TEXT = (
    re.compile(r"(://[^\s:/@]*:)[^\s/@]*(?=@)"),  # scheme://user:password@host
    re.compile(rf"({_QUOTE}\w*(?:passw|secret)\w*{_QUOTE}: {_QUOTE}).*?(?={_QUOTE})", re.I),
    re.compile(r"(\bpassword=)[^\s&'\"]+", re.I),  # in a query string, or PostgreSQL's "conninfo"
)


class ExceptionReporter(debug.ExceptionReporter):
    def get_traceback_html(self) -> SafeString:
        return SafeString(without_secrets(super().get_traceback_html()))

    def get_traceback_text(self) -> SafeString:
        return SafeString(without_secrets(super().get_traceback_text()))


class ExceptionReporterFilter(debug.SafeExceptionReporterFilter):
    """What Django's views declare as sensitive is so with ``DEBUG``, too."""

    def is_active(self, request: Any) -> bool:
        return True

    def get_traceback_frame_variables(self, request: Any, tb_frame: Any) -> Any:
        variables = super().get_traceback_frame_variables(request, tb_frame)
        return [(name, HIDDEN if NAMES.search(name) else value) for name, value in variables]


def without_secrets(text: str) -> str:
    """``text`` (plain, HTML or Python) without the secrets of the settings, and without what looks
    like a password."""
    for secret in sorted(_secrets(), key=len, reverse=True):
        text = text.replace(secret, HIDDEN)
    for pattern in IN_TEXT:
        text = pattern.sub(rf"\1{HIDDEN}", text)
    return text


def _secrets() -> Iterator[str]:
    """The passwords and keys of the settings, as they may stand in a text."""
    values = {settings.SECRET_KEY, os.environ.get("ADMIN_PASSWORD", "")}
    values |= {settings.EMAIL_HOST_PASSWORD, settings.MODERATION_WEBHOOK_SECRET}
    values |= {settings.MODERATION_CHECK_SECRET}
    # These may have a token.
    values |= {settings.MODERATION_WEBHOOK_URL, settings.MODERATION_CHECK_URL}
    values |= {urlsplit(url).password or "" for url in _broker_urls()}
    values |= {value for database in settings.DATABASES.values() for value in _hidden(database)}
    for value in values | {unquote(value) for value in values}:
        if len(value) >= MIN_LENGTH:
            for form in {value, quote(value, safe=""), quote(value), repr(value)[1:-1]}:
                yield form
                yield escape(form)


def _broker_urls() -> list[str]:
    names = ("BROKER_URL", "CELERY_BROKER_URL")
    return [url for name in names if (url := getattr(settings, name, ""))]


def _hidden(options: Mapping[str, Any]) -> Iterator[str]:
    """The values whose names tell that they are secret."""
    for name, value in options.items():
        if isinstance(value, Mapping):
            yield from _hidden(value)
        elif isinstance(value, str) and NAMES.search(name):
            yield value
