from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

Item = TypeVar("Item")

CHUNK = 1_000


def chunks(items: Iterable[Item], size: int = CHUNK) -> Iterator[list[Item]]:
    """All items in order, in lists of at most ``size``."""
    left = iter(items)
    while some := list(islice(left, size)):
        yield some
