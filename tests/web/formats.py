"""For schemathesis: values of the formats that our API's schema names; and what it would take for
wrong input although it is right, or says nothing."""

import os
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import django
import schemathesis
from hypothesis import strategies as st
from jsonschema_rs import Draft4Validator
from schemathesis.core.parameters import ParameterLocation

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.core import signing  # noqa: E402
from django.core.exceptions import ValidationError  # noqa: E402

from web.keys import HEADER, is_key  # noqa: E402
from web.pagination import SALT  # noqa: E402
from web.text import plain_text as validate_plain_text  # noqa: E402

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
schemathesis.openapi.format("plain-text", plain_text)
schemathesis.openapi.format("cursor", cursor)


@schemathesis.hook
def filter_query(context: Any, query: Any) -> bool:
    """An object has no one spelling in a query string, and may be spelt as nothing. A name without
    a value counts as not given, which is tested in test_bad_requests.py."""
    values = (query or {}).values() if hasattr(query, "values") else []
    return all(_says_something(value) for value in values)


def _says_something(value: Any) -> bool:
    """A list is spelt as its items, one by one."""
    if isinstance(value, list):
        return any(map(_says_something, value))
    return value == 0 or bool(value and not isinstance(value, dict))


@schemathesis.hook
def filter_case(context: Any, case: Any) -> bool:
    """Schemathesis breaks a format of ours with any text, for it does not know which is wrong. What
    is right after all is left out: it says nothing of how wrong input is met."""
    wrong = [place for place in case.meta.components if case.meta.is_negative_at(place)]
    return wrong != [ParameterLocation.BODY] or not _is_right(case)


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: Any) -> None:
    """Schemathesis sends one key with many bodies, which is 422. Each valid one becomes a new one;
    that sent keys are recognised is tested in test_idempotency.py."""
    sent = (case.headers or {}).get(HEADER)
    if isinstance(sent, str) and is_key(sent):
        case.headers[HEADER] = f"{sent[:200]}{uuid4()}"


def _is_right(case: Any) -> bool:
    """By the whole schema of this body, and by what we say of plain text: spaces around it do not
    count."""
    if not isinstance(case.body, dict):
        return False
    body = {n: text.strip() if isinstance(text, str) else text for n, text in case.body.items()}
    schema = case.operation.get_body_for_media_type(case.media_type).validation_schema
    formats = {"plain-text": _is_plain}
    return Draft4Validator(schema, formats=formats, validate_formats=True).is_valid(body)


def _is_plain(text: str) -> bool:
    try:
        validate_plain_text(text)
    except ValidationError:
        return False
    return True
