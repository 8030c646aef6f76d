"""For schemathesis: values of the formats that our API's schema names, made without its code; and
what it would take for wrong input although it says nothing."""

import os
from datetime import UTC, datetime
from typing import Any

import django
import schemathesis
from hypothesis import strategies as st

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.core import signing  # noqa: E402

from web.pagination import SALT  # noqa: E402

VISIBLE = st.characters(categories=["Lu", "Ll", "Nd", "Po"])
HARMLESS = st.characters(exclude_categories=["Cc", "Cs"])

plain_text = st.builds(
    "{}{}{}".format,
    st.text(HARMLESS, max_size=20),
    VISIBLE,
    st.text(HARMLESS | st.sampled_from("\n\t"), max_size=20),
)
cursor = st.builds(
    lambda *place: signing.dumps([place[0], place[1].isoformat(), place[2].hex], salt=SALT),
    st.integers(0, 1),
    st.datetimes(datetime(1970, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    st.uuids(),
)
etags = st.just("*") | st.integers(0, 3).map('"{}"'.format)
schemathesis.openapi.format("etags", etags)
schemathesis.openapi.format("plain-text", plain_text)
schemathesis.openapi.format("cursor", cursor)


@schemathesis.hook
def filter_query(context: Any, query: Any) -> bool:
    """An object has no one spelling in a query string, and may be spelt as nothing. A name without
    a value counts as not given, which is tested in test_bad_addresses.py."""
    values = (query or {}).values() if hasattr(query, "values") else []
    return all(value and not isinstance(value, dict) for value in values if value != 0)


LIMITS = {"title": 200, "body": 20_000, "author": 80, "content": 5_000, "reason": 200}


@schemathesis.hook
def filter_case(context: Any, case: Any) -> bool:
    """Where schemathesis breaks a format that it does not know, the text may still be right."""
    modes = {str(place): part.mode for place, part in case.meta.components.items()}
    wrong = any("body" in place.lower() and mode.is_negative for place, mode in modes.items())
    return not (wrong and isinstance(case.body, dict) and _is_right(case.body))


def _is_right(body: dict[str, Any]) -> bool:
    texts = {name: text for name, text in body.items() if name in LIMITS}
    return bool(texts) and all(
        isinstance(text, str)
        and len(text) <= LIMITS[name]
        and any(char.isalnum() for char in text)
        and all(char.isprintable() or char in " \n\t" for char in text)
        for name, text in texts.items()
    )
