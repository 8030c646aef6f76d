"""Bodies that come in pieces: how long each may take, and how much memory all of them."""

import asyncio
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

import pytest
from django.conf import LazySettings

from web import uploads
from web.refusals import Refused
from web.uploads import Body, BodyReader


@pytest.fixture
def reader(settings: LazySettings, monkeypatch: pytest.MonkeyPatch) -> BodyReader:
    """With room for bodies of 800 bytes together, and of 100 bytes each."""
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100
    monkeypatch.setattr(uploads, "MAX_MEMORY_BYTES", 800)
    monkeypatch.setattr(uploads, "SMALL_BYTES", 10)
    return BodyReader()


def receive(reader: BodyReader, chunks: Iterable[bytes], pause: float = 0) -> Body:
    """A body that a client sends in these chunks, with a pause (in seconds) after each."""
    messages: list[dict[str, Any]] = [
        {"type": "http.request", "body": chunk, "more_body": True} for chunk in chunks
    ]
    messages[-1]["more_body"] = False
    coming, body = iter(messages), Body(reader)

    async def next_message() -> dict[str, Any]:
        if body.size:
            await asyncio.sleep(pause)
        return next(coming)

    asyncio.run(reader.receive(body, next_message))
    return body


def test_memory_for_bodies_is_limited_and_small_ones_come_through(reader: BodyReader) -> None:
    bodies = [receive(reader, [b"x" * 50, b"y" * 50]) for _ in range(8)]
    with pytest.raises(Refused) as refused:
        receive(reader, [b"x" * 11])
    assert refused.value.status == HTTPStatus.SERVICE_UNAVAILABLE
    assert receive(reader, [b"small"]).content == b"small"

    with bodies[0]:
        assert bodies[0].content == b"x" * 50 + b"y" * 50
    assert receive(reader, [b"x" * 11]).size == 11


def test_a_body_that_is_too_large_takes_no_memory(reader: BodyReader) -> None:
    bodies = [receive(reader, [b"x" * 100, b"x" * 100]) for _ in range(10)]

    assert [(body.size, len(body.content)) for body in bodies] == [(200, 0)] * 10
    assert reader.free_bytes == 800


def test_a_body_may_take_long_as_far_as_it_comes_fast(
    reader: BodyReader, settings: LazySettings
) -> None:
    settings.BODY_TIMEOUT = 0.1
    reader.limit = reader.free_bytes = 100_000

    assert receive(reader, [b"x" * 90_000, *[b"x"] * 3], 0.1).size == 90_003
    with pytest.raises(Refused) as refused:
        receive(reader, [b"x"] * 9, 0.1)
    assert refused.value.status == HTTPStatus.REQUEST_TIMEOUT
