"""What a fault is, for those that inject it."""

from collections.abc import Callable
from dataclasses import dataclass

Inject = Callable[[float, float], bool]
"""Called with ``pick`` and ``seconds`` (see ``Fault``); returns when it is over, and whether it
really was: a process that lived is gone, a connection that stood is cut, …"""


@dataclass(frozen=True)
class Hazard:
    """A kind of fault. ``weight``: how often it strikes, beside the others. ``lasts``: others
    strike meanwhile."""

    kind: str
    weight: float
    inject: Inject
    lasts: bool = False


def choose(pick: float, among: list[str]) -> str:
    return among[int(pick * len(among))]
