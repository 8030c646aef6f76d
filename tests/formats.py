"""For schemathesis: values of the formats that our API's schema names, made without its code."""

import os
from datetime import UTC, datetime

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
