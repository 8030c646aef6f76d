"""Our SQLite backend reads what Django's does."""

import pickle
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from django.db.backends.sqlite3.base import DatabaseWrapper
from hypothesis import example, given
from hypothesis import strategies as st

from config.sqlite.base import Operations

IN_UTC: Any = SimpleNamespace(timezone=UTC)
OURS, THEIRS = Operations(IN_UTC), DatabaseWrapper.ops_class(IN_UTC)


@given(st.uuids())
@example(UUID(int=0))
def test_uuids(wanted: UUID) -> None:
    for text in (wanted.hex, str(wanted), None):
        ours, theirs = (each.convert_uuidfield_value(text, None, IN_UTC) for each in (OURS, THEIRS))
        assert ours == theirs
        assert (str(ours), hash(ours)) == (str(theirs), hash(theirs))
        assert pickle.loads(pickle.dumps(ours)) == ours


@given(st.datetimes())
def test_times(naive: datetime) -> None:
    for value in (naive, str(naive), naive.replace(tzinfo=UTC), None):
        ours, theirs = (
            each.convert_datetimefield_value(value, None, IN_UTC) for each in (OURS, THEIRS)
        )
        assert ours == theirs
        assert getattr(ours, "tzinfo", None) == getattr(theirs, "tzinfo", None)
