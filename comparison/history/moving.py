"""What is written while the newcomer copies is there afterwards; or it is missing, or stale."""

from collections.abc import Iterator
from typing import Any

from comparison.history import WAYS
from comparison.history.newcomer import Newcomer
from comparison.history.orders import Listens
from comparison.history.way import Way
from comparison.history.writer import TURNS, Write, writing
from comparison.measure import milliseconds
from lab.errors import LabFailed


def moving(
    newcomer: Newcomer, todo: Iterator[Write], listens: tuple[Listens, ...]
) -> Iterator[dict[str, Any]]:
    """Each way; a way that does not remember once for each of ``listens``."""
    for way in WAYS:
        for since in ("always",) if way.remembers else listens:
            yield _cell(newcomer, way, since, todo)


def _cell(newcomer: Newcomer, way: Way, since: Any, todo: Iterator[Write]) -> dict[str, Any]:
    """All that is said from the newcomer's ``listens`` on, it has heard before it is asked."""
    with writing(todo, newcomer.login) as writer:
        copied = newcomer.copy(way, listens="never" if since == "always" else since)
    if copied.errors:
        raise LabFailed(f"{way.name} does not copy: {copied.errors[0]}")
    heard = newcomer.hear()
    found = newcomer.difference()
    during = writer.during(copied.began, copied.ended)
    return {
        "way": way.name,
        "listens": since,
        "ms": milliseconds(copied.seconds),
        "written": during.total(),
        **{kind: during[kind] for kind in dict.fromkeys(TURNS)},
        "heard": heard,
        "missing": found.missing,
        "stale": found.stale,
        "ghosts": found.ghosts,
    }
