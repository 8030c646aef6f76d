"""A way to build the page, and what the page is."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from lab.network import Calls

LIMIT = 100
"""Posts that one request may ask for, of whatever process: what the blog's APIs allow."""

Posts = list[dict[str, Any]]
"""The newest posts, each with ``id, title, body, author, created_at, comment_count`` and
``comments``, in order of time: ``id, author, content, status, created_at``. All of it as the
public may see it, in the types that JSON has."""

Addresses = Mapping[str, str]
"""Where each process is: ``http://127.0.0.1:8701`` by ``posts``."""


@dataclass(frozen=True)
class Takes:
    """What a page takes, in all processes together."""

    requests: int
    queries: int


@dataclass(frozen=True)
class Way:
    """``read`` builds the page with so many posts; it raises CallFailed. ``takes`` is what that
    must take: what was counted is held against it. ``claims`` are keys of ``claims.CLAIMS``."""

    name: str
    title: str
    claims: tuple[str, ...]
    takes: Callable[[int], Takes]
    read: Callable[[Calls, Addresses, int], Posts]


def canonical(posts: Posts) -> bytes:
    """The page's JSON: one and the same, byte for byte, for the same content."""
    return msgspec.json.encode(posts, order="deterministic")


def requests_for(posts: int) -> int:
    """How many requests a list of so many posts takes."""
    return math.ceil(posts / LIMIT)
