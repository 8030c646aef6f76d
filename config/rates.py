"""How much one address may send, and all together, from the environment."""

import os
import re

from django.core.exceptions import ImproperlyConfigured

RATE = re.compile(r"[1-9]\d*/[smhd][a-z]*")
TIMES = 10  # as much as ten addresses: what all may send, where nobody says otherwise


def throttle_rates() -> dict[str, str | None]:
    """By scope, as in ``60/min``; None is no limit. Raises ImproperlyConfigured."""
    writes = _rate("THROTTLE_WRITES", "60/min")
    return {
        "writes": writes,
        "writes_all": _rate("THROTTLE_WRITES_ALL", _of_all(writes)),
        "logins": _rate("THROTTLE_LOGINS", "10/min"),
    }


def _rate(name: str, default: str) -> str | None:
    value = os.environ.get(name, default)  # empty has a meaning: no limit
    if value and not RATE.fullmatch(value):
        raise ImproperlyConfigured(f"{name} is like 60/min, not {value!r}")
    return value or None


def _of_all(writes: str | None) -> str:
    if writes is None:
        return ""
    number, _, period = writes.partition("/")
    return f"{TIMES * int(number)}/{period}"
