"""A database that is away, and the answer of what needs it."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, NoReturn

import pytest
from django.db import OperationalError, connections

Away = Callable[..., AbstractContextManager[None]]
POST, COMMENT = {"title": "A title", "body": "A body"}, {"author": "Ann", "content": "A word"}
JSON, PAGE = "application/json", "text/html; charset=utf-8"


def refuse_statements(patch: pytest.MonkeyPatch, alias: str, text: str) -> None:
    """This database answers nothing. (SQLite's statements go without Django's cursor only where
    nobody watches them.)"""

    def refuse(*_: object) -> NoReturn:
        raise OperationalError(text)

    patch.setattr(connections[alias], "cursor", refuse)
    patch.setattr(connections[alias], "execute_wrappers", [refuse])


@pytest.fixture
def away(monkeypatch: pytest.MonkeyPatch) -> Away:
    """These databases do not answer, for the time of a block."""

    @contextmanager
    def down(*aliases: str) -> Iterator[None]:
        with monkeypatch.context() as patch:
            for alias in aliases:
                refuse_statements(patch, alias, "connection refused\nIs it running?")
            yield

    return down


@pytest.fixture
def no_store(monkeypatch: pytest.MonkeyPatch) -> None:
    """The event store's database does not answer."""
    refuse_statements(monkeypatch, "eventstore", "gone")


def is_unavailable(response: Any, kind: str) -> bool:
    """A 503 that one can read, and that says when to come again."""
    assert response.status_code == 503, (response.status_code, response.request["PATH_INFO"])
    assert response.headers["Content-Type"] == kind
    assert response.headers["Retry-After"] == "5"
    if kind == JSON:
        assert set(response.json()) == {"detail"}
    return "is temporarily unavailable" in response.text
